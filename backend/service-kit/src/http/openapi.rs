//! The OpenAPI 3.1 page of a service, from the same list that makes its router.

use axum::Json;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use wire::{Problem, ops::ServiceInfo};

use super::{Access, Docs as _, Routes, common, get};
use crate::service::Service;

/// Adds `GET /` and `GET /openapi.json`, which speak of all routes.
pub(super) fn with_page(service: &Service, routes: Routes<()>) -> Routes<()> {
    let root = get("/", Access::Public, "Name, versions, endpoints")
        .gives::<ServiceInfo>()
        .reachable_in_chaos()
        .untraced();
    let page = get("/openapi.json", Access::Public, "This page").reachable_in_chaos().untraced();
    let mut specs = routes.specs.clone();
    specs.extend([root.clone(), page.clone()]);
    let endpoints = specs.iter().map(|spec| format!("{} {}", spec.method, spec.path)).collect();
    let info = common::info(service, endpoints);
    let service = service.clone();
    routes.route(root, async move || Json(info)).route(page, async move || Json(document(&service, &specs)))
}

fn document(service: &Service, specs: &[super::RouteSpec]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<Problem>();
    let mut paths = Map::new();
    for spec in specs {
        let mut operation = json!({
            "summary": spec.summary,
            "x-access": format!("{:?}", spec.access),
            "responses": {
                spec.success.to_string(): { "description": "Success" },
                "default": {
                    "description": "A problem",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
        });
        if spec.access != Access::Public {
            operation["security"] = json!([{ "bearer": [] }]);
        }
        let variables: Vec<_> = spec
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        if !variables.is_empty() {
            operation["parameters"] = Value::Array(variables);
        }
        if let Some(schema) = spec.request {
            operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema(&mut generator) } } });
        }
        if let Some(schema) = spec.response {
            operation["responses"][spec.success.to_string()]["content"] =
                json!({ "application/json": { "schema": schema(&mut generator) } });
        }
        let methods = paths.entry(spec.path).or_insert_with(|| json!({}));
        methods[spec.method.as_str().to_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": service.name.as_str(), "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}
