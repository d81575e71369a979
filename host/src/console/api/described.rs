//! `openapi.json`: the table of operations as OpenAPI 3.1.

use serde_json::{Map, Value, json};

use super::{Gives, Kind, Operation, Query, operations};
use crate::console::ask::Takes;
use crate::console::door::Policy;

/// What any request may be answered with instead.
const ALWAYS: &[(u16, &str)] = &[
    (400, "参数或请求不对 · a parameter or the request is not as it must be"),
    (404, "没有，或不是您的 · there is no such thing, or it is not yours"),
    (503, "请稍后再试 · come again in a moment"),
];
const KNOWN: &[(u16, &str)] = &[
    (401, "请带上令牌 · send a token"),
    (403, "令牌只能查看，或要先换密码 · the token may only read, or a password must be chosen first"),
    (422, "有内容需要更正 · something must be mended"),
];
const SENT: &[(u16, &str)] = &[
    (408, "正文来得太慢 · the body took too long"),
    (413, "正文太大 · the body is too large"),
    (415, "不支持这种内容类型 · no such content type"),
    (500, "业务台没有办成，已保留并将重试 · a desk failed; it is kept and will be tried again"),
    (507, "磁盘写不了 · the disk took nothing"),
];

/// The whole description.
pub(super) fn openapi() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        paths.entry(operation.path).or_insert_with(|| json!({}))[method] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "红领 · Hongling",
            "version": "1",
            "description": "网页上能看的和能办的，供程序使用；令牌由 hongling person token 给出。\n\
                What pages show and do, for programs; `hongling person token` gives tokens.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
        },
    })
}

fn described(operation: &Operation) -> Value {
    let (zh, en) = operation.about;
    let parts = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = parts
        .map(|part| {
            let kinds = if part == "format" { json!({ "enum": ["csv", "xlsx"] }) } else { json!({ "type": "string" }) };
            json!({ "name": part, "in": "path", "required": true, "schema": kinds })
        })
        .collect();
    parameters.extend(operation.query.iter().map(query));
    if operation.takes == Takes::Form {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "同样的请求再来一次，答复相同，不会重复办理 · the same request again is answered the same, and done once",
            "schema": { "type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$" },
        }));
    }
    let mut described = json!({
        "summary": format!("{zh} · {en}"), "parameters": parameters, "responses": responses(operation),
        "operationId": format!("{} {}", operation.method, operation.path),
    });
    if operation.policy == Policy::Anyone {
        described["security"] = json!([]);
    }
    match operation.takes {
        Takes::Nothing => {}
        Takes::Form => {
            described["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": { "type": "object" } } } });
        }
        Takes::Table => {
            let any = json!({ "schema": { "type": "string" } });
            described["requestBody"] = json!({ "required": true, "content": { "text/csv": any } });
        }
    }
    described
}

fn query(query: &Query) -> Value {
    let (zh, en) = query.about;
    let mut described = json!({ "name": query.name, "in": "query", "description": format!("{zh} · {en}") });
    described["schema"] = match query.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::OneOf(names) => json!({ "type": "string", "enum": names }),
        Kind::Others => {
            described["style"] = "form".into();
            described["explode"] = true.into();
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
    };
    described
}

fn responses(operation: &Operation) -> Value {
    let (status, content) = match operation.gives {
        Gives::Json(name) => ("200", json!({ "application/json": { "schema": reference(name) } })),
        Gives::Made(name) => ("201", json!({ "application/json": { "schema": reference(name) } })),
        Gives::Table => (
            "200",
            json!({
                "text/csv": { "schema": { "type": "string" } },
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
            }),
        ),
    };
    let mut responses = json!({ status: { "description": "好 · good", "content": content } });
    let known = if operation.policy == Policy::Anyone { &[][..] } else { KNOWN };
    let sent = if operation.takes == Takes::Nothing { &[][..] } else { SENT };
    for (status, words) in [ALWAYS, known, sent].into_iter().flatten() {
        responses[status.to_string()] = json!({
            "description": words, "content": { "application/problem+json": { "schema": reference("Problem") } },
        });
    }
    responses
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object of which these are always there.
fn object(properties: Value) -> Value {
    let required: Vec<String> = properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn schemas() -> Value {
    let mut all = of_matters();
    for more in [of_desks(), of_directory(), of_running()] {
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
    }
    all
}

fn of_matters() -> Value {
    let (text, number, maybe) =
        (json!({ "type": "string" }), json!({ "type": "integer" }), json!({ "type": ["string", "null"] }));
    let status = json!({ "enum": ["open", "closed", "joined"] });
    let moment = json!({ "type": "string", "format": "date-time" });
    let reached = object(json!({
        "number": text, "desk": text, "stage": text, "status": status, "opened": { "type": "boolean" },
    }));
    let event = object(json!({ "seq": number, "at": moment, "matter": number, "topic": text, "desk": text }));
    let clock = object(json!({
        "name": text, "desk": text, "title": reference("Title"), "state": text, "due": { "type": "object" },
    }));
    let problem = json!({
        "type": "object",
        "required": ["type", "status", "title", "detail"],
        "properties": {
            "type": text, "status": number, "title": text, "detail": reference("Title"),
            "refused": list(&object(json!({ "field": maybe, "row": { "type": ["integer", "null"] }, "text": reference("Title") }))),
        },
    });
    json!({
        "Title": object(json!({ "zh": text, "en": text })),
        "Problem": problem,
        "Matter": object(json!({
            "id": number, "number": text, "kind": text, "desk": text, "stay": number, "stage": text, "status": status,
            "place": text, "opened": moment, "title": text, "text": text,
        })),
        "Matters": object(json!({ "matters": list(&reference("Matter")), "next": maybe })),
        "WholeMatter": object(json!({
            "matter": reference("Matter"), "events": list(&event), "clocks": list(&clock),
            "actions": list(&reference("Action")),
        })),
        "Done": object(json!({ "seq": number, "matters": list(&reached) })),
        "Description": object(json!({ "openapi": text, "paths": { "type": "object" } })),
    })
}

fn of_desks() -> Value {
    let (text, form) = (json!({ "type": "string" }), json!({ "type": "object" }));
    let view = object(json!({ "name": text, "title": reference("Title"), "params": form }));
    let import = object(json!({ "name": text, "action": text, "columns": list(&text) }));
    let desk = object(json!({
        "name": text, "title": reference("Title"), "actions": list(&reference("Action")), "views": list(&view),
        "imports": list(&import),
    }));
    let cell = json!({ "type": ["object", "string"] });
    let named = object(json!({ "title": reference("Title"), "value": cell }));
    let column = object(json!({ "name": text, "title": reference("Title") }));
    let table = object(json!({ "title": reference("Title"), "columns": list(&column), "rows": list(&list(&cell)) }));
    let series = object(json!({ "title": reference("Title"), "values": list(&json!({ "type": "integer" })) }));
    let chart = object(json!({
        "title": reference("Title"), "kind": { "enum": ["bar", "line", "pie", "heat-map"] },
        "categories": list(&reference("Title")), "series": list(&series),
    }));
    let parts = [
        ("tiles", list(&named)),
        ("facts", list(&named)),
        ("table", table),
        ("chart", chart),
        ("text", reference("Title")),
        ("several", list(&reference("View"))),
    ];
    let parts: Vec<Value> = parts.into_iter().map(|(name, schema)| object(json!({ name: schema }))).collect();
    let (number, row) =
        (json!({ "type": "integer" }), json!({ "row": { "type": "integer" }, "text": reference("Title") }));
    json!({
        "Action": object(json!({ "name": text, "title": reference("Title"), "form": form })),
        "Desks": object(json!({ "desks": list(&desk) })),
        "View": { "oneOf": parts },
        "Imported": {
            "type": "object", "required": ["rows", "refused", "objections"],
            "properties": {
                "rows": number, "opened": number, "repeated": number, "refused": number, "good": number,
                "preview": list(&form), "objections": list(&object(row)),
            },
        },
    })
}

fn of_directory() -> Value {
    let (text, maybe) = (json!({ "type": "string" }), json!({ "type": ["string", "null"] }));
    let place = object(json!({ "id": text, "level": text, "title": reference("Title") }));
    let unit = object(json!({ "id": text, "title": reference("Title") }));
    let role = object(json!({ "id": text, "title": reference("Title"), "sees": { "enum": ["held", "area", "all"] } }));
    let held = object(json!({ "role": text, "place": text, "unit": maybe }));
    let person = object(json!({ "id": text, "name": text, "holds": list(&held) }));
    json!({
        "Places": object(json!({ "places": list(&place), "next": maybe })),
        "Units": object(json!({ "units": list(&unit) })),
        "Roles": object(json!({ "roles": list(&role) })),
        "People": object(json!({ "people": list(&person) })),
    })
}

fn of_running() -> Value {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let counts = json!({ "type": "object", "additionalProperties": number });
    let desk = object(json!({ "desk": text, "open": number, "closed": number, "unrouted": number }));
    json!({
        "Status": object(json!({
            "config": text, "desks": list(&desk), "inputs": number, "events": number, "matters": number, "clocks": number,
            "waiting": number, "parked": number, "jobs": number, "notices": counts, "limits": counts,
        })),
        "Head": object(json!({
            "epoch": number, "seq": number, "seal": text, "head": text, "at": { "type": ["string", "null"] },
        })),
        "Verified": object(json!({
            "inputs": number, "events": number, "words": number, "transfers": number, "erased": number, "files": number,
            "epoch": number, "seq": number, "seal": text, "heads": number, "misfits": list(&json!({ "type": "object" })),
            "more": number, "file_checked": { "type": "boolean" },
        })),
    })
}
