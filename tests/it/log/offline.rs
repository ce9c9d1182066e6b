//! The check without the service: by the program, and by what the page about it says.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use latchkey_testkit::TestApp;
use tempfile::TempDir;

use super::support::{exported, grow, key, sign};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify-the-log.md");

/// A log and a checkpoint in files, and what they are checked with.
struct Files {
    folder: TempDir,
    verifier_key: String,
    public_key: String,
}

impl Files {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let ada = app.sign_in("ada@example.com").await;
        let org = ada.create_org("Ärzte & Söhne").await;
        grow(&ada, &org, 9).await;
        let note = sign(&ada, &org).await;
        grow(&ada, &org, 1).await;
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("kept")).unwrap();
        fs::write(folder.path().join("kept/checkpoint"), note).unwrap();
        fs::write(folder.path().join("log.ndjson"), exported(&ada, &org).await).unwrap();
        let public_key = ada.get("/v1/log/keys").await.expect_status(200).text_at("/keys/0/public_key");
        let files = Self { folder, verifier_key: key(&ada, &org).await, public_key };
        app.finish().await;
        files
    }

    fn change_log(&self, from: &str, to: &str) {
        let file = self.folder.path().join("log.ndjson");
        let log = fs::read_to_string(&file).unwrap();
        assert!(log.contains(from));
        fs::write(file, log.replacen(from, to, 1)).unwrap();
    }

    /// Runs a program in the folder; `None` where this machine does not have it.
    fn run(&self, program: &str, arguments: &[&str]) -> Option<Output> {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("public_key", &self.public_key).args(arguments);
        command.output().map_err(|error| println!("not tried here, without {program}: {error}")).ok()
    }
}

/// The example in that language which has this in it.
fn example(language: &str, with: &str) -> String {
    let page = fs::read_to_string(PAGE).unwrap();
    let fences = page.split("```").skip(1).step_by(2);
    let mut bodies = fences.filter_map(|fence| fence.strip_prefix(language)?.strip_prefix('\n'));
    bodies.find(|body| body.contains(with)).unwrap().to_owned()
}

fn told(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_page_says_can_be_followed() {
    let files = Files::new().await;
    fs::write(files.folder.path().join("check.py"), example("python", "sha256")).unwrap();
    let python = || files.run("python3", &["check.py", "log.ndjson", "kept/checkpoint"]);
    if let Some(output) = python() {
        let (code, text) = told(&output);
        assert!(code == Some(0) && text.starts_with("11 events of latchkey.test/org_"), "{text}");
        let forged = &example("sh", "openssl");
        fs::copy(files.folder.path().join("kept/checkpoint"), files.folder.path().join("checkpoint")).unwrap();
        if files.run("openssl", &["version"]).is_some() {
            let (code, text) = told(&files.run("sh", &["-ec", forged]).unwrap());
            assert_eq!((code, text.trim()), (Some(0), "Signature Verified Successfully"));
        }
        files.change_log("viewer", "owner");
        let (code, text) = told(&python().unwrap());
        assert_eq!((code, text.trim()), (Some(1), "event 3 was changed"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_says_in_plain_words_what_it_found() {
    let program = latchkey_ops();
    let files = Files::new().await;
    let verify = |more: &[&str]| {
        let options = ["verify-log", "--log", "log.ndjson", "--checkpoints", "kept", "--key", &files.verifier_key];
        told(&files.run(&program, &[&options[..], more].concat()).unwrap())
    };
    assert_eq!(
        verify(&[]),
        (
            Some(0),
            "12 events, 1 signed checkpoints\nthe log is what was signed up to event 11\n\
             the 1 events after it are newer than every checkpoint\n"
                .to_owned()
        )
    );
    files.change_log("viewer", "owner");
    let (code, text) = verify(&[]);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("event 3 (evt_") && text.ends_with("the log is not sound, findings: 1\n"), "{text}");
    for (more, why) in [
        (["--key", "x"], "x is no verifier key"),
        (["--log", "nowhere"], "nowhere: "),
        (["--checkpoints", "nowhere"], "nowhere: "),
        (["--wat", "x"], "usage: "),
    ] {
        let (code, text) = verify(&more);
        assert!(code == Some(2) && text.starts_with(why), "{more:?}: {code:?} {text}");
    }
    fs::create_dir(files.folder.path().join("empty")).unwrap();
    assert_eq!(verify(&["--checkpoints", "empty"]), (Some(2), "empty has no checkpoint in it\n".to_owned()));
}

/// The program beside the test's own binary: `target/<profile>/latchkey-ops`.
fn latchkey_ops() -> String {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let binary = profile.join(format!("latchkey-ops{}", std::env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "{} is missing; build it: cargo build -p latchkey-ops", binary.display());
    binary.display().to_string()
}
