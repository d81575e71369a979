//! `openapi.json` held to the truth: schemathesis asks whatever the description allows, and whatever it
//! does not, and every answer must be one that the description knows.
//!
//! `.ci/run` installs it. Where it is missing the test says so and holds nothing; on CI it fails.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::program::Program;
use super::served::Served;
use crate::scratch::Scratch;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";
const TWO: &str = r#"
open {"title": "楼道灯不亮", "place": "西苑小区"}
open {"title": "消防通道被堵", "place": "西苑小区"}
"#;

/// Names that there are, for parts of paths: by chance nobody meets them.
fn names(part: &str) -> Option<Value> {
    Some(match part {
        "number" => json!(["SQ2026-000001", "SQ2026-000002", "SQ2026-999999"]),
        "desk" => json!(["intake", "triage", "council", "station", "none"]),
        "action" => json!(["report", "agenda", "none"]),
        "view" => json!(["today", "sources", "board", "unsure", "none"]),
        "import" => json!(["requests", "none"]),
        _ => return None,
    })
}

fn with_names(mut description: Value) -> Value {
    for methods in description["paths"].as_object_mut().unwrap().values_mut() {
        for operation in methods.as_object_mut().unwrap().values_mut() {
            for parameter in operation["parameters"].as_array_mut().unwrap() {
                if let Some(names) = names(parameter["name"].as_str().unwrap()).filter(|_| parameter["in"] == "path") {
                    parameter["schema"] = json!({ "enum": names });
                }
            }
        }
    }
    description
}

fn try_all(description: &Path, at: &str, token: &str, more: &[&str]) -> Output {
    let mut command = Command::new("schemathesis");
    command.args(["run", "--phases", "examples,fuzzing", "--generation-deterministic", "--no-color"]);
    command.args(["--checks", CHECKS, "--continue-on-failure", "--url", at, "--warnings", "off"]);
    command.args(["--header", &format!("Authorization: Bearer {token}")]).args(more).arg(description);
    command.current_dir(description.parent().unwrap()).output().unwrap()
}

#[test]
fn the_description_is_true() {
    if Command::new("schemathesis").arg("--version").output().is_err() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "schemathesis is missing; `.ci/run` installs it");
        // Not `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED the_description_is_true: there is no schemathesis here");
        return;
    }
    let (mut served, scratch) = (Served::after(TWO), Scratch::new());
    let (at, token) = (format!("http://{}", served.address()), served.token("zhao-defu"));
    let described = with_names(Program::with(&served, None).value("/api/v1/openapi.json"));
    let file = scratch.path().join("openapi.json");
    std::fs::write(&file, described.to_string()).unwrap();
    let output = try_all(&file, &at, &token, &["--max-examples", "50"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && served.is_alive(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let operations: usize =
        described["paths"].as_object().unwrap().values().map(|methods| methods.as_object().unwrap().len()).sum();
    assert!(said.contains(&format!("Tested: {operations}")), "{operations} operations: {said}");

    // The same of a description that leaves one answer out must fail: else nothing was held.
    let mut untrue = described;
    untrue["paths"]["/api/v1/matters/{number}"]["get"]["responses"].as_object_mut().unwrap().remove("404");
    std::fs::write(&file, untrue.to_string()).unwrap();
    let output = try_all(&file, &at, &token, &["--max-examples", "20", "--include-path", "/api/v1/matters/{number}"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("Undocumented status code"), "{said}");
}
