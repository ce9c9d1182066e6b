//! The OpenAPI document: kept up to date, valid, and about every operation.
#![cfg(feature = "openapi")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod common;

use latchkey_api::ROUTES;
use latchkey_api::openapi::{document, id_properties};
use serde_json::Value;

#[test]
fn document_is_kept_up_to_date() {
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    common::assert_golden("docs/openapi.json", &text);
}

#[test]
fn document_is_valid_openapi() {
    let schema: Value = serde_json::from_str(include_str!("openapi-3.1/schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let document = document();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn every_schema_is_valid_and_every_reference_leads_somewhere() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::meta::is_valid(schema), "{name}");
    }
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leaves the document"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for (schema, property) in id_properties() {
        let pattern = document.pointer(&format!("/components/schemas/{schema}/properties/{property}/pattern"));
        assert!(pattern.is_some(), "{schema}.{property}");
    }
}

#[test]
fn every_component_is_used() {
    let document = document();
    let text = document.to_string();
    for kind in ["schemas", "responses", "parameters", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(text.contains(&format!("#/components/{kind}/{name}\"")), "{kind}/{name} is described and not used");
        }
    }
}

#[test]
fn every_operation_is_described() {
    let document = document();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        assert_eq!(operation["operationId"], route.operation);
        assert!(operation["responses"][route.status.to_string()].is_object(), "{}", route.operation);
        for code in route.problems() {
            let reference = operation["responses"][code.status().to_string()]["$ref"].as_str().unwrap();
            let answer = document.pointer(reference.trim_start_matches('#')).unwrap().to_string();
            assert!(answer.contains(&format!("\"{}\"", code.name())), "{} {}", route.operation, code.name());
        }
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect_references(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}
