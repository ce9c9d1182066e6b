//! The README's walk-through, run as it stands: what a newcomer pastes must work.

use std::path::Path;
use std::process::{Command, Output};

use latchkey_testkit::{OPERATOR_TOKEN, TestApp};

const START: &str = "<!-- walk-through:start -->";
const END: &str = "<!-- walk-through:end -->";

/// The `sh` blocks between the two marks, joined in their order.
fn walk_through(readme: &str) -> String {
    let (_, after) = readme.split_once(START).unwrap_or_else(|| panic!("README.md has no {START}"));
    let (between, _) = after.split_once(END).unwrap_or_else(|| panic!("README.md has no {END}"));
    let mut script = String::new();
    let mut in_block = false;
    for line in between.lines() {
        match (in_block, line.trim_end()) {
            (false, "```sh") => in_block = true,
            (true, "```") => in_block = false,
            (true, line) => script.extend([line, "\n"]),
            (false, _) => {}
        }
    }
    assert!(!in_block, "a block of the walk-through has no end");
    assert!(!script.is_empty(), "the walk-through has no ```sh block");
    script
}

fn run(script: &str, url: &str) -> Output {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", script]).env("LATCHKEY", url).env("OPERATOR_TOKEN", OPERATOR_TOKEN);
    bash.output().expect("bash runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_walk_through_of_the_readme_forms_a_team() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(&readme).expect("README.md at the project's root");
    let script = walk_through(&readme);
    let app = TestApp::start().await;
    let url = app.url();
    let shown = script.clone();
    let output = tokio::task::spawn_blocking(move || run(&script, &url)).await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success(),
        "{}\n--- script\n{shown}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
        output.status
    );
    let active = stdout.matches(r#""status":"active""#).count() + stdout.matches(r#""status": "active""#).count();
    assert!(active >= 2, "both are shown as members:\n{stdout}");
    for kind in ["org.created", "invitation.created", "invitation.accepted", "member.joined"] {
        assert!(stdout.contains(kind), "the audit log tells of {kind}:\n{stdout}");
    }
    assert!(stdout.contains(r#""text":"3/5""#), "the seats are counted:\n{stdout}");
    for said in [r#""permitted":true"#, r#""decision":true"#, r#""recorded":1"#, "latchkey.test/org_"] {
        assert!(stdout.contains(said), "{said}:\n{stdout}");
    }
    assert_eq!(app.count("SELECT count(*) FROM member WHERE status = 'active'"), 3);
    assert_eq!(app.count("SELECT count(*) FROM org"), 2);
    app.finish().await;
}

#[test]
fn only_shell_blocks_between_the_marks_are_run() {
    let readme = "```sh\nrm -rf /\n```\n<!-- walk-through:start -->\nText.\n\n```sh\na=1\n```\n\n```json\n{}\n```\n\n\
                  ```sh\necho $a\n```\n<!-- walk-through:end -->\n```sh\nfalse\n```\n";
    assert_eq!(walk_through(readme), "a=1\necho $a\n");
    assert_eq!(String::from_utf8_lossy(&run(&walk_through(readme), "").stdout), "1\n");
}
