//! What is refused at start, and where variables come from.

use crate::support::{App, MANIFEST, configure, probe, problems_with};
use latchkey_host::Error;

#[tokio::test]
async fn everything_unknown_is_refused_by_name_and_at_once() {
    let problems = problems_with(
        r#"
        spin_manifest_version = 2
        surprise = 1
        [application]
        name = "a"
        trigger = {}
        [[trigger.http]]
        route = "/a"
        component = "a"
        executor = { type = "wagi" }
        [[trigger.redis]]
        channel = "c"
        [[trigger.http]]
        route = { private = true }
        component = "missing"
        [[trigger.http]]
        route = "/b"
        component = "missing"
        [component.a]
        source = { url = "https://example.com/a.wasm", digest = "sha256:0" }
        files = ["x"]
        ai_models = ["m"]
        sqlite_databases = ["../escape"]
        allowed_outbound_hosts = ["https://{{ nobody }}.example", "redis://a.example:1", "example.com"]
        "#,
        |config| config,
    )
    .await;
    let expected = [
        "`surprise`",
        "`application.trigger`",
        "`trigger.http[0].executor`",
        "`trigger.redis`",
        "`trigger.http[1].route`",
        "`/b` names component `missing`",
        "`component.a.source`",
        "`component.a.files`",
        "`component.a.ai_models`",
        "`../escape`",
        "variable `nobody`",
        "`redis://a.example:1`",
        "`example.com`",
    ];
    for name in expected {
        assert!(problems.iter().any(|problem| problem.contains(name)), "{name} is not in {problems:#?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let problems = problems_with(&MANIFEST.replace("PROBE", "/nowhere/x.wasm"), |config| config).await;
    assert!(problems.len() == 1 && problems[0].contains("/nowhere/x.wasm"), "{problems:#?}");
}

/// A component that imports an empty interface of this name, and does nothing.
fn importing(name: &str) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    // A type section with one empty instance type, and an import section with one instance of that type.
    bytes.extend([7, 3, 1, 0x42, 0]);
    let length = u8::try_from(name.len()).unwrap();
    bytes.extend([10, length + 5, 1, 0, length]);
    bytes.extend(name.as_bytes());
    bytes.extend([5, 0]);
    bytes
}

#[tokio::test]
async fn imports_and_exports_are_checked() {
    let (dir, config) = configure(&MANIFEST.replace("PROBE", "odd.wasm"));
    std::fs::write(dir.path().join("odd.wasm"), importing("wasi:keyvalue/store@0.2.0-draft2")).unwrap();
    let Err(Error::Refused { problems, .. }) = latchkey_host::start(config).await else { panic!("not refused") };
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems[0].contains("imports `wasi:keyvalue/store@0.2.0-draft2`"), "{problems:#?}");
    assert!(problems[1].contains("does not export `wasi:http/handler@0.3.0`"), "{problems:#?}");
}

const VARIABLES: &str = r#"
spin_manifest_version = 2
application.name = "variables"
variables.plain = { default = "from the manifest" }
variables.one = { required = true, secret = true }
variables.two = { required = true }
trigger.http = [{ route = "/...", component = "probe" }]
[component.probe]
source = "PROBE"
variables = { plain = "{{ plain }}", both = "{{ one }}+{{ two }}" }
"#;

#[tokio::test]
async fn missing_and_undeclared_variables_are_all_listed() {
    let problems = problems_with(VARIABLES, |config| config.variable("tow", "x")).await;
    assert_eq!(problems.len(), 3, "{problems:#?}");
    for name in ["`one`", "`two`", "`tow`", "SPIN_VARIABLE_ONE"] {
        assert!(problems.iter().any(|problem| problem.contains(name)), "{name} is not in {problems:#?}");
    }
}

#[tokio::test]
async fn components_see_their_variables_only() {
    let app = App::with(VARIABLES, |config| config.variable("one", "1").variable("two", "2")).await;
    assert_eq!(app.get("/variable/plain").await.body, "from the manifest");
    assert_eq!(app.get("/variable/both").await.body, "1+2");
    assert!(app.get("/variable/one").await.body.starts_with("Error::Undefined"));
    assert!(app.get("/variable/NO").await.body.starts_with("Error::InvalidName"));
}

#[tokio::test]
async fn the_env_file_is_above_the_default_and_below_the_caller() {
    let (dir, config) = configure(VARIABLES);
    std::fs::write(dir.path().join(".env"), "SPIN_VARIABLE_PLAIN='from the file'\nSPIN_VARIABLE_TWO=file\n").unwrap();
    let file = dir.path().join("spin.toml");
    // Not `ignore_environment` here: that is what is tried.
    let config_reading = latchkey_host::Config::new(file).state_dir(dir.path().join("state")).quiet();
    drop(config);
    let running = latchkey_host::start(config_reading.variable("one", "1").variable("two", "caller")).await.unwrap();
    let app = App { running, dir };
    assert_eq!(app.get("/variable/plain").await.body, "from the file");
    assert_eq!(app.get("/variable/both").await.body, "1+caller");
}

#[tokio::test]
async fn the_same_components_serve_again_after_a_shutdown() {
    probe();
    drop(App::start().await);
    let app = App::start().await;
    assert_eq!(app.get("/hello").await.status, 200);
}
