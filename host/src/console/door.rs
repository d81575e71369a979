//! The way of a request: which route, who asks, may they, was it sent from here; then its handler.
//!
//! Always holds: a route cannot be added without a policy; what is not a route and what is not the
//! asker's are answered alike; handlers run on threads of their own, never more than are let in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::sync::Semaphore;

use super::ask::{Ask, LANG_COOKIE, Read, Takes, is_plain, lang_of, pairs, read_body};
use super::finding::asker;
use super::house::House;
use super::pages::frame::refused_page;
use super::reply::{Refusal, Reply};
use super::upload::put_up;
use super::visitor::{SESSION_COOKIE, Visitor, check_origin};
use crate::limits::{REQUEST_MS_MAX, REQUESTS_MAX};

/// Who may ask a route at all. What they then see and do is decided by `permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// Anybody, also without an account.
    Anyone,
    /// Somebody of the directory who has signed in, or whose program has a token.
    Person,
    /// The same, also while their first password is to be changed.
    NewPerson,
    /// Who runs the host: holds a role that `[console] operators` names.
    Operator,
}

/// What answers a request that has come so far.
pub(super) type Handler = fn(&House, &Ask) -> Result<Reply, Refusal>;

/// A body that has not come in this time does not come.
const BODY: Duration = Duration::from_millis(REQUEST_MS_MAX);

/// A route, as tests walk over them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub method: Method,
    pub path: &'static str,
    pub policy: Policy,
    takes: Takes,
    handler: Handler,
}

/// All routes of the console.
#[derive(Debug, Default)]
pub(super) struct Routes(Vec<Route>);

impl Routes {
    /// Adds a page or a part of one.
    pub fn get(&mut self, path: &'static str, policy: Policy, handler: Handler) {
        self.add(Method::GET, path, policy, Takes::Nothing, handler);
    }

    /// Adds what changes something.
    pub fn post(&mut self, path: &'static str, policy: Policy, handler: Handler) {
        self.add(Method::POST, path, policy, Takes::Form, handler);
    }

    /// Adds a route of any sort.
    pub fn add(&mut self, method: Method, path: &'static str, policy: Policy, takes: Takes, handler: Handler) {
        self.0.push(Route { method, path, policy, takes, handler });
    }

    /// All of them.
    #[cfg(test)]
    pub fn all(&self) -> &[Route] {
        &self.0
    }

    /// The routes, as they are served.
    pub fn into_router(self, house: Arc<House>) -> Router {
        let room = Arc::new(Semaphore::new(REQUESTS_MAX));
        let mut router = Router::new();
        let mut allowed: BTreeMap<&str, String> = BTreeMap::new();
        for route in self.0 {
            let methods = if route.method == Method::GET { "GET, HEAD" } else { route.method.as_str() };
            let allowed = allowed.entry(route.path).or_default();
            allowed.push_str(if allowed.is_empty() { "" } else { ", " });
            allowed.push_str(methods);
            let filter = MethodFilter::try_from(route.method.clone()).expect("routes are GET and POST");
            let (house, room) = (Arc::clone(&house), Arc::clone(&room));
            let way = move |ConnectInfo(from): ConnectInfo<SocketAddr>, params: RawPathParams, request: Request| {
                let parts = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let (house, room) = (Arc::clone(&house), Arc::clone(&room));
                let (policy, takes, handler) = (route.policy, route.takes, route.handler);
                async move { go(house, room, Going { policy, takes, handler, from, parts, request }).await }
            };
            router = router.route(route.path, on(filter, way));
        }
        for (path, allowed) in allowed {
            let (house, room) = (Arc::clone(&house), Arc::clone(&room));
            let way = move |ConnectInfo(from): ConnectInfo<SocketAddr>, request: Request| {
                let (house, room, allowed) = (Arc::clone(&house), Arc::clone(&room), allowed.clone());
                async move {
                    let mut response = go(house, room, Going::nowhere(another_method, from, request)).await;
                    if let Ok(allowed) = allowed.parse()
                        && response.status() == StatusCode::METHOD_NOT_ALLOWED
                    {
                        response.headers_mut().insert(header::ALLOW, allowed);
                    }
                    response
                }
            };
            router = router.route(path, MethodRouter::new().fallback(way));
        }
        let way = move |ConnectInfo(from): ConnectInfo<SocketAddr>, request: Request| {
            let (house, room) = (Arc::clone(&house), Arc::clone(&room));
            async move { go(house, room, Going::nowhere(nothing, from, request)).await }
        };
        router.fallback(way)
    }
}

fn nothing(_: &House, _: &Ask) -> Result<Reply, Refusal> {
    Err(Refusal::not_there())
}

fn another_method(_: &House, _: &Ask) -> Result<Reply, Refusal> {
    Err(Refusal::new(405, "这个地址不接受这种请求", "this is asked by another method"))
}

/// A request on its way.
struct Going {
    policy: Policy,
    takes: Takes,
    handler: Handler,
    from: SocketAddr,
    parts: BTreeMap<String, String>,
    request: Request,
}

impl Going {
    /// To what answers whoever asks for what there is not.
    fn nowhere(handler: Handler, from: SocketAddr, request: Request) -> Going {
        Going { policy: Policy::Anyone, takes: Takes::Nothing, handler, from, parts: BTreeMap::new(), request }
    }
}

async fn go(house: Arc<House>, room: Arc<Semaphore>, going: Going) -> Response {
    let Going { policy, takes, handler, from, parts, request } = going;
    let (head, body) = request.into_parts();
    let ask = Ask {
        query: pairs(head.uri.query().unwrap_or("").as_bytes()),
        method: head.method,
        path: head.uri.path().to_owned(),
        parts,
        form: Vec::new(),
        json: None,
        table: Vec::new(),
        headers: head.headers,
        from: from.ip(),
        lang: crate::lang::Lang::Zh,
        visitor: Visitor::default(),
        now_ms: house.clock.now_ms(),
    };
    let Ok(_room) = room.try_acquire() else {
        let full = Refusal::new(503, "现在人太多，请稍后再试", "too many requests just now; try again in a moment");
        return full.after(2).problem().into_response();
    };
    let read = read_body(&ask.method, &ask.headers, body, takes, BODY).await;
    let work = move || enter(&house, policy, handler, (ask, head.uri), read);
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "A page failed.");
            Refusal::new(500, "页面出错了，请联系管理员", "the page failed; tell the operator")
                .problem()
                .into_response()
        }
    }
}

fn enter(
    house: &House,
    policy: Policy,
    handler: Handler,
    (mut ask, uri): (Ask, Uri),
    read: Result<Read, Refusal>,
) -> Response {
    ask.lang = lang_of(&ask.query, ask.cookie(LANG_COOKIE));
    let answered = answer(house, policy, handler, (&mut ask, &uri), read);
    let reply = answered.unwrap_or_else(|refusal| {
        if ask.is_api() { refusal.problem() } else { refusal.timed(refused_page(house, &ask, &refusal)) }
    });
    // A body in chunks may have come with a length too, which was dropped: somebody before this host may have
    // believed that instead, and what they take for the next request is never read (RFC 9112, 6.3).
    let is_chunked = ask.headers.contains_key(header::TRANSFER_ENCODING);
    let reply = if is_chunked { reply.with(header::CONNECTION, "close") } else { reply };
    reply.into_response()
}

fn answer(
    house: &House,
    policy: Policy,
    handler: Handler,
    (ask, uri): (&mut Ask, &Uri),
    read: Result<Read, Refusal>,
) -> Result<Reply, Refusal> {
    ask.visitor = Visitor::find(house, &ask.headers, ask.cookie(SESSION_COOKIE))?;
    if is_doubled(&ask.headers) {
        return Err(Refusal::new(400, "请求头有重复", "a header of the request is there twice"));
    }
    if !is_plain(uri) {
        return Err(Refusal::not_there());
    }
    let Read { form, json, table, files, room } = read?;
    (ask.form, ask.json, ask.table) = (form, json, table);
    check_origin(ask)?;
    match policy {
        Policy::Anyone => {}
        Policy::Person | Policy::NewPerson | Policy::Operator if ask.visitor.person.is_none() => {
            if ask.is_api() {
                return Err(Refusal::new(401, "请带上令牌", "send a token"));
            }
            return Ok(Reply::see(&sign_in_for(ask, uri)));
        }
        Policy::Person | Policy::Operator if ask.visitor.must_choose() => {
            if ask.is_api() {
                return Err(Refusal::new(403, "请先换掉初始密码", "choose a password of your own first"));
            }
            return Ok(Reply::see("/password"));
        }
        Policy::Operator if !is_operator(house, ask) => return Err(Refusal::not_there()),
        Policy::Person | Policy::NewPerson | Policy::Operator => {}
    }
    put_up(house, ask, files)?;
    drop(room);
    handler(house, ask)
}

/// Whether a header is there twice that must not be: two readers of it would each believe another.
fn is_doubled(headers: &HeaderMap) -> bool {
    [header::HOST, header::AUTHORIZATION, header::ORIGIN, header::CONTENT_LENGTH]
        .iter()
        .any(|name| 1 < headers.get_all(name).iter().count())
}

/// Whether the asker runs the host.
pub(super) fn is_operator(house: &House, ask: &Ask) -> bool {
    let config = &house.in_force.get().config;
    let asker = asker(config, ask);
    config.console.operators.iter().any(|role| asker.has_role(role, None))
}

/// Where to sign in, to go on to what was asked for.
fn sign_in_for(ask: &Ask, uri: &Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    if !ask.method.is_safe() || wanted == "/" {
        return "/sign-in".to_owned();
    }
    let encoded: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    format!("/sign-in?next={encoded}")
}
