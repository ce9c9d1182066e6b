//! Runs an application from its `spin.toml`.

use latchkey_host::{Config, Error};
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
Runs an application of WebAssembly components from its spin.toml.

Usage: latchkey-host [options]

  --manifest FILE        the manifest                                       [spin.toml]
  --listen ADDRESS       the address to listen on; port 0 takes a free one  [127.0.0.1:3000]
  --state-dir DIR        where databases are kept                           [.spin beside the manifest]
  --cache-dir DIR        where compiled components are kept                 [beside the build's output]
  --runtime-config-file FILE
                         which networks are blocked, and who is trusted     [nothing is blocked]
  --variable NAME=VALUE  a variable's value; may be given several times
  --log-sql              print every SQL statement with its request
  --quiet                print no line per request
  --no-delay             send small packets at once (TCP_NODELAY)
  --help                 print this

Variables are also taken from SPIN_VARIABLE_NAME in the environment, and in a .env file beside the manifest.
It stops on SIGINT or SIGTERM, once the requests in flight have been answered.
";

/// What the command line asks for.
enum Command {
    Help,
    Run(Box<Config>),
}

fn main() -> ExitCode {
    let config = match parse(std::env::args().skip(1)) {
        Ok(Command::Run(config)) => config,
        Ok(Command::Help) => {
            let _ = write!(std::io::stdout(), "{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "{problem}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match run(*config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> Result<(), Error> {
    let io = |action: &'static str| move |source| Error::Io { action: action.to_owned(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(io("start the runtime"))?;
    runtime.block_on(async {
        // Before anything else, so that a signal during the start is not lost.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(io("listen for signals"))?;
        let mut terminate = signal(SignalKind::terminate()).map_err(io("listen for signals"))?;
        let app = latchkey_host::start(config).await?;
        let mut stdout = std::io::stdout();
        let _ = writeln!(stdout, "Serving http://{}", app.addr()).and_then(|()| stdout.flush());
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        app.shutdown().await;
        Ok(())
    })
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments;
    let mut manifest = "spin.toml".to_owned();
    let mut choices: Vec<Box<dyn FnOnce(Config) -> Config>> =
        vec![Box::new(|config| config.listen(SocketAddr::from(([127, 0, 0, 1], 3000))))];
    while let Some(argument) = arguments.next() {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (argument.clone(), None),
        };
        let mut value = || attached.clone().or_else(|| arguments.next()).ok_or(format!("{name} needs a value."));
        match name.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--manifest" => manifest = value()?,
            "--listen" => {
                let text = value()?;
                let address = text.parse().map_err(|_| format!("{text} is not an address like 127.0.0.1:3000."))?;
                choices.push(Box::new(move |config: Config| config.listen(address)));
            }
            "--state-dir" => {
                let dir = value()?;
                choices.push(Box::new(|config| config.state_dir(dir)));
            }
            "--cache-dir" => {
                let dir = value()?;
                choices.push(Box::new(|config| config.cache_dir(dir)));
            }
            "--runtime-config-file" => {
                let file = value()?;
                choices.push(Box::new(|config| config.runtime_config(file)));
            }
            "--variable" => {
                let pair = value()?;
                let (name, value) = pair.split_once('=').ok_or(format!("--variable wants NAME=VALUE, not {pair}."))?;
                let (name, value) = (name.to_owned(), value.to_owned());
                choices.push(Box::new(|config| config.variable(name, value)));
            }
            "--log-sql" => choices.push(Box::new(Config::log_sql)),
            "--quiet" => choices.push(Box::new(Config::quiet)),
            "--no-delay" => choices.push(Box::new(Config::no_delay)),
            _ => return Err(format!("{argument} is not an option.")),
        }
    }
    let config = choices.into_iter().fold(Config::new(manifest), |config, choose| choose(config));
    Ok(Command::Run(Box::new(config)))
}
