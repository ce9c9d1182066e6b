//! The OpenAPI 3.1 document, from the route table and the types that handlers use.
//!
//! Only in tests and tools: components carry the finished document, `docs/openapi.json`.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::call::FORM;
use crate::codes::Code;
use crate::limits::{BODY_BYTES_MAX, IDEMPOTENCY_KEY_CHARS_MAX};
use crate::problem::PROBLEM_JSON;
use crate::reply::JSON;
use crate::routes::{Body, ROUTES, Route, TAGS, Who};
use crate::shape::Shape;

mod event;
mod ids;

pub(crate) use ids::id_schema;

/// The document.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let paths = paths(&mut generator);
    let _ = generator.subschema_for::<crate::model::DryRun>();
    for shape in ROUTES.iter().filter_map(|route| route.refusal) {
        let _ = (shape.schema)(&mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    // The members of a query stand in the operations that take it, one parameter each.
    let is_body = |name: &str| ROUTES.iter().filter_map(|route| route.request).any(|request| request.name == name);
    for query in ROUTES.iter().filter_map(|route| route.query).filter(|query| !is_body(query.name)) {
        schemas.remove(query.name);
    }
    ids::name_ids(&mut schemas);
    schemas.insert("Problem".to_owned(), problem_schema());
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Latchkey",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Team access as a service: organizations, members, invitations, roles and an audit log.",
            "description": INTRODUCTION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document comes from."}],
        "tags": TAGS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect::<Vec<_>>(),
        "paths": paths,
        "webhooks": {"event": event::event()},
        "components": {
            "schemas": schemas,
            "responses": refusals(),
            "headers": headers(),
            "parameters": parameters(),
            "securitySchemes": security_schemes(),
        },
    })
}

const INTRODUCTION: &str = "JSON in and out, `snake_case` names, moments as RFC 3339 in UTC, identifiers with a prefix that \
tells their kind. Errors are problem details (RFC 9457) with a stable `code`. Lists are read by pages: send `next_cursor` back \
as `cursor`. Every change of an organization takes `Idempotency-Key`, so that it can be repeated safely, `If-Match`, so that \
it meets the version it was meant for, and `dry_run`, which answers what it would do and writes nothing. `HEAD` is answered \
wherever `GET` is.";

/// Collects the members of a request's schema; what [`request!`](crate::fields::request) expands to.
pub(crate) struct ObjectSchema {
    about: &'static str,
    properties: Map<String, Value>,
    required: Vec<&'static str>,
}

impl ObjectSchema {
    pub(crate) fn new(about: &'static str) -> Self {
        Self { about, properties: Map::new(), required: Vec::new() }
    }

    pub(crate) fn property(
        &mut self,
        name: &'static str,
        about: &str,
        schema: Schema,
        required: bool,
        default: Option<Value>,
    ) {
        let mut schema = schema.to_value();
        if let Some(members) = schema.as_object_mut() {
            if !about.trim().is_empty() {
                members.insert("description".to_owned(), Value::from(about.trim()));
            }
            if let Some(default) = default {
                members.insert("default".to_owned(), default);
            }
        }
        self.properties.insert(name.to_owned(), schema);
        if required {
            self.required.push(name);
        }
    }

    pub(crate) fn finish(self) -> Schema {
        let mut schema = schemars::json_schema!({
            "type": "object",
            "description": self.about.trim(),
            "properties": self.properties,
            "additionalProperties": false,
        });
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), json!(self.required));
        }
        schema
    }
}

fn paths(generator: &mut SchemaGenerator) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let item = paths.entry(route.path).or_insert_with(|| path_item(route));
        let method = route.method.as_str().to_ascii_lowercase();
        let operation = operation(route, generator);
        if let Some(members) = item.as_object_mut() {
            members.insert(method, operation);
        }
    }
    Value::Object(paths)
}

fn path_item(route: &Route) -> Value {
    let parameters: Vec<Value> = route.parameters().map(|name| reference("parameters", name)).collect();
    if parameters.is_empty() { json!({}) } else { json!({"parameters": parameters}) }
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "security": security(route.who),
        "responses": responses(route, generator),
    });
    let mut parameters = route.query.map(|query| query_parameters(query, generator)).unwrap_or_default();
    if route.is_command() {
        parameters.extend(["dry_run", "idempotency_key"].map(|name| reference("parameters", name)));
        if route.path.contains("{org}") {
            parameters.push(reference("parameters", "if_match"));
        }
    }
    if let Some(members) = operation.as_object_mut() {
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), Value::from(parameters));
        }
        if let Some(request) = route.request {
            let schema = (request.schema)(generator);
            let media_type = if route.body == Body::Form { FORM } else { JSON };
            let content = json!({media_type: {"schema": schema}});
            let required = route.body != Body::Optional;
            members.insert("requestBody".to_owned(), json!({"required": required, "content": content}));
        }
        if route.body_bytes_max != BODY_BYTES_MAX {
            members.insert("x-body-bytes-max".to_owned(), Value::from(route.body_bytes_max));
        }
    }
    operation
}

fn query_parameters(query: Shape, generator: &mut SchemaGenerator) -> Vec<Value> {
    let _ = (query.schema)(generator);
    let Some(schema) = generator.definitions().get(query.name) else { return Vec::new() };
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let description = schema.as_object_mut().and_then(|members| members.remove("description"));
        let is_required = required.iter().any(|required| required.as_str() == Some(name.as_str()));
        json!({"name": name, "in": "query", "required": is_required, "description": description, "schema": schema})
    };
    properties.into_iter().map(parameter).collect()
}

fn security(who: Who) -> Value {
    match who {
        Who::Anyone | Who::Signature | Who::DevMode => json!([]),
        Who::Session => json!([{"bearer": []}, {"cookie": []}]),
        Who::Member => json!([{"bearer": []}, {"cookie": []}, {"api_key": []}]),
        Who::OperatorOrKey => json!([{"operator_token": []}, {"api_key": []}]),
        Who::OptionalSession => json!([{}, {"bearer": []}, {"cookie": []}]),
        Who::MemberOrOperator => json!([{"bearer": []}, {"cookie": []}, {"api_key": []}, {"operator_token": []}]),
        Who::Operator => json!([{"operator_token": []}]),
        Who::DispatchToken => json!([{"dispatch_token": []}]),
    }
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    responses.insert(route.status.to_string(), success(route, generator));
    if route.is_command() && route.status != 200 {
        let content = json!({JSON: {"schema": reference("schemas", "DryRun")}});
        responses.insert("200".to_owned(), answer("What it would do, after `dry_run`.", &[], Some(content)));
    }
    if route.operation == "get_openapi" {
        responses.insert("304".to_owned(), answer("Not changed since the `ETag` in `If-None-Match`.", &["ETag"], None));
    }
    for codes in route.problems().chunk_by(|a, b| a.status() == b.status()) {
        let status = codes.first().map(|code| code.status()).unwrap_or_default();
        responses.insert(status.to_string(), reference("responses", &refusal_name(route, codes)));
    }
    if let Some(shape) = route.refusal {
        responses.insert("401".to_owned(), reference("responses", shape.name));
    }
    Value::Object(responses)
}

/// Refusals by the set of codes in them: many operations share one.
fn refusals() -> Value {
    let mut refusals = Map::new();
    for route in ROUTES {
        for codes in route.problems().chunk_by(|a, b| a.status() == b.status()) {
            refusals.entry(refusal_name(route, codes)).or_insert_with(|| refusal(route, codes));
        }
        if let Some(shape) = route.refusal {
            let content = json!({JSON: {"schema": reference("schemas", shape.name)}});
            refusals
                .insert(shape.name.to_owned(), answer("As its standard says.", &["WWW-Authenticate"], Some(content)));
        }
    }
    Value::Object(refusals)
}

/// The type of refusals that another standard describes, where such answers have the status of these codes.
fn own_refusal(route: &Route, codes: &[Code]) -> Option<Shape> {
    route.refusal.filter(|_| codes.first().is_some_and(|code| code.status() == 400))
}

fn refusal_name(route: &Route, codes: &[Code]) -> String {
    let own = own_refusal(route, codes).map(|shape| shape.name);
    codes.iter().map(|code| code.name()).chain(own).collect::<Vec<_>>().join(".")
}

fn success(route: &Route, generator: &mut SchemaGenerator) -> Value {
    if !route.media.is_empty() {
        let texts = route.media.iter().map(|media| ((*media).to_owned(), json!({"schema": {"type": "string"}})));
        let (about, headers): (_, &[&str]) = match route.operation {
            "export_audit" => ("Entries, one a line.", &["Latchkey-Export-Total"]),
            "export_log" => ("Events, one a line.", &["Link"]),
            _ => ("Done.", &[]),
        };
        return answer(about, headers, Some(Value::Object(texts.collect())));
    }
    let Some(response) = route.response else {
        return match route.operation {
            "get_openapi" => {
                let content = json!({JSON: {"schema": {"type": "object"}}});
                answer("The document.", &["ETag"], Some(content))
            }
            _ if route.status == 303 => answer("The browser goes on to `Location`.", &["Location", "Set-Cookie"], None),
            "sign_out" => answer("Done.", &["Set-Cookie"], None),
            _ if route.is_command() => answer("Done.", &["ETag", "Idempotent-Replayed"], None),
            _ => answer("Done.", &[], None),
        };
    };
    let mut schema = (response.schema)(generator).to_value();
    if route.is_command() && route.status == 200 {
        schema = json!({"anyOf": [schema, reference("schemas", "DryRun")]});
    }
    let mut content = json!({JSON: {"schema": schema}});
    if let (Who::DevMode, Some(content)) = (route.who, content.as_object_mut()) {
        content.insert("text/html".to_owned(), json!({"schema": {"type": "string"}}));
    }
    let mut headers = Vec::new();
    if route.status == 201 {
        headers.push("Location");
    }
    if route.is_command() {
        headers.push("Idempotent-Replayed");
    }
    if route.is_command() || response.name == "Org" || route.operation == "get_org_policy" {
        headers.push("ETag");
    }
    if matches!(response.name, "Session" | "Accepted") {
        headers.push("Set-Cookie");
    }
    let about = match (route.status, route.is_command()) {
        (201, _) => "Created.",
        (202, _) => "Taken on.",
        (200, true) => "Done; or, after `dry_run`, what it would do.",
        _ => "Done.",
    };
    answer(about, &headers, Some(content))
}

fn refusal(route: &Route, codes: &[Code]) -> Value {
    let status = codes.first().map(|code| code.status()).unwrap_or_default();
    let about: Vec<String> = codes.iter().map(|code| format!("`{}`: {}.", code.name(), code.title())).collect();
    let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
    let schema = json!({
        "allOf": [reference("schemas", "Problem"), {"properties": {"status": {"const": status}, "code": {"enum": names}}}],
    });
    let headers: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    let mut content = json!({PROBLEM_JSON: {"schema": schema}});
    if let (Some(shape), Some(content)) = (own_refusal(route, codes), content.as_object_mut()) {
        content.insert(JSON.to_owned(), json!({"schema": reference("schemas", shape.name)}));
    }
    answer(&about.join(" "), headers, Some(content))
}

fn answer(about: &str, extra_headers: &[&str], content: Option<Value>) -> Value {
    const SHARED: [&str; 2] = ["Cache-Control", "X-Request-Id"];
    let names = extra_headers.iter().chain(&SHARED);
    let headers: Map<String, Value> = names.map(|name| ((*name).to_owned(), reference("headers", name))).collect();
    let mut answer = json!({"description": about, "headers": headers});
    if let (Some(content), Some(members)) = (content, answer.as_object_mut()) {
        members.insert("content".to_owned(), content);
    }
    answer
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Some codes carry further members, such as `used` and `total`.",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "examples": [Code::SeatLimit.type_uri()]},
            "title": {"type": "string", "description": "The same for every occurrence of the code."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What is wrong this time, and what to do about it."},
            "code": {"type": "string", "enum": Code::ALL.iter().map(|code| code.name()).collect::<Vec<_>>()},
            "request_id": {
                "type": "string",
                "description": "The request's name in the service's log; in the Authorization API the client's own, if it gave one.",
            },
            "errors": {
                "type": "array",
                "description": "Every wrong field of the body, the query and the headers.",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": {"type": "string"},
                        "code": {"type": "string"},
                        "message": {"type": "string"},
                    },
                    "required": ["field", "code", "message"],
                },
            },
        },
        "required": ["type", "title", "status", "detail", "code", "request_id"],
    })
}

fn headers() -> Value {
    let text = |about: &str| json!({"description": about, "schema": {"type": "string"}});
    json!({
        "Cache-Control": text("`no-store`, unless the answer is the same for everyone."),
        "ETag": text("The version in quotes, for `If-Match` or `If-None-Match`."),
        "Idempotent-Replayed": {
            "description": "`true` on the repetition of a request that was answered before.",
            "schema": {"const": "true"},
        },
        "Link": text("Where the answer goes on, as `rel=\"next\"` (RFC 8288); absent at the end."),
        "Latchkey-Export-Total": {
            "description": "How many entries there were to send when the answer began.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "Location": {"description": "Where what was created is found.", "schema": {"type": "string", "format": "uri-reference"}},
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
        "Set-Cookie": text("The session's cookie: HttpOnly, SameSite=Lax, and Secure on https."),
        "WWW-Authenticate": text("`Bearer`"),
        "X-Request-Id": {
            "description": "The request's name in the service's log; in the Authorization API the client's own, if it gave one.",
            "schema": {"type": "string"},
        },
    })
}

fn parameters() -> Value {
    let id =
        |name: &str, prefix: &str| json!({"name": name, "in": "path", "required": true, "schema": id_schema(prefix)});
    json!({
        "org": id("org", "org"),
        "policy": {
            "name": "policy",
            "in": "path",
            "required": true,
            "description": "The name of a preset.",
            "schema": {"type": "string"},
        },
        "member": id("member", "mem"),
        "invitation": id("invitation", "inv"),
        "user": id("user", "usr"),
        "session": id("session", "ses"),
        "project": id("project", "prj"),
        "project_member": id("project_member", "pmb"),
        "link": id("link", "lnk"),
        "key": id("key", "key"),
        "oauth_client": id("oauth_client", "oac"),
        "webhook": id("webhook", "whk"),
        "payer": {
            "name": "payer",
            "in": "path",
            "required": true,
            "description": "The id of a payer.",
            "schema": {"type": "string", "pattern": "^((stripe|hook):[A-Za-z0-9_.-]+|org_[0-9a-f]{32})$"},
        },
        "domain": id("domain", "dom"),
        "join_request": id("join_request", "jrq"),
        "delivery": {
            "name": "delivery",
            "in": "path",
            "required": true,
            "description": "The id of a delivery.",
            "schema": {"type": "string", "pattern": "^[0-9a-z_]+(:[0-9a-z_]+){2,3}$"},
        },
        "provider": {
            "name": "provider",
            "in": "path",
            "required": true,
            "description": "The name of an identity provider, as the deployment has it.",
            "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
        },
        "dry_run": {
            "name": "dry_run",
            "in": "query",
            "description": "Decide and tell, but write nothing.",
            "schema": {"type": "boolean", "default": false},
        },
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The client's name for this request. A repetition under the same name is answered as the first \
                was, and changes nothing again.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": IDEMPOTENCY_KEY_CHARS_MAX,
                "pattern": "^[!-~]+$",
            },
        },
        "if_match": {
            "name": "If-Match",
            "in": "header",
            "description": "The version that the organization must still have, as its `ETag`; `*` for any.",
            "schema": {"type": "string", "pattern": "^(\"[0-9]+\"|\\*)$", "examples": ["\"7\""]},
        },
    })
}

fn security_schemes() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "The token of a session, or a JWT of the external issuer that the deployment trusts."},
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-latchkey_session",
            "description": "The same token as a cookie, for browsers (`latchkey_session` on plain http). Changes also need an \
                `Origin` that the service trusts.",
        },
        "api_key": {"type": "http", "scheme": "bearer", "description": "An organization's API key: `lk_…`."},
        "operator_token": {"type": "http", "scheme": "bearer", "description": "The deployment's `operator_token`."},
        "dispatch_token": {"type": "http", "scheme": "bearer", "description": "The deployment's `dispatch_token`."},
    })
}

/// Identifiers that [`document`] gives a pattern; for the test that none of them has moved.
pub fn id_properties() -> impl Iterator<Item = (&'static str, &'static str)> {
    ids::IDS.iter().map(|(schema, property, _)| (*schema, *property))
}
