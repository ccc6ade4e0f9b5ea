//! The files that browsers are served: which file a path is, how long it may be kept, and what its page may do.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// What every answer says of what its page may do.
const SAFE: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];
/// A name with a hash is this file for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A name without a hash may be another file tomorrow.
const ASK_AGAIN: &str = "no-cache";
/// An error is not kept.
const NOT_KEPT: &str = "no-store";
/// How long the hash in a name is.
const HASH: usize = 8;

/// What is shown when there are no pages.
const NONE: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <title>Cafeteria</title>\n</head>\n<body>\n<h1>Cafeteria</h1>\n\
    <p>It is open, but its pages have not been built. In the checkout, <code>cargo xtask web</code> builds them; \
    <code>--web-root DIR</code> names the folder where they are. Then load this page again.</p>\n\
    <p>Its services are there: <a href=\"/api/stock-service/stock\">the menu</a>, \
    <a href=\"/api/kitchen-queue/board\">the pick-up board</a>.</p>\n</body>\n</html>\n";

/// The pages.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    folder: PathBuf,
    files: ServeDir,
}

impl Pages {
    /// Those in a folder.
    pub(crate) fn new(folder: &Path) -> Self {
        let files = ServeDir::new(folder)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip();
        Self { folder: folder.to_owned(), files }
    }

    /// The file that a path stands for.
    pub(crate) async fn show(&self, mut request: Request) -> Response {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let allow = [(header::ALLOW, "GET, HEAD")];
            return safe((StatusCode::METHOD_NOT_ALLOWED, allow).into_response(), NOT_KEPT);
        }
        let path = request.uri().path().to_owned();
        let page = page_of(&path);
        if page.is_some() && !self.folder.join("index.html").is_file() {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            return safe((StatusCode::SERVICE_UNAVAILABLE, kind, NONE).into_response(), NOT_KEPT);
        }
        if is_hidden(&path) {
            return not_found();
        }
        if let Some(page) = page {
            *request.uri_mut() = Uri::from_static(page);
        }
        let answer = match self.files.clone().oneshot(request).await {
            Ok(answer) => answer.map(Body::new),
            Err(error) => {
                let never: Infallible = error;
                match never {}
            }
        };
        match answer.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
                safe(answer, if has_hash(&path) { FOR_EVER } else { ASK_AGAIN })
            }
            // No such file, a folder, or a path that leads out.
            StatusCode::NOT_FOUND | StatusCode::TEMPORARY_REDIRECT | StatusCode::BAD_REQUEST => not_found(),
            _ => safe(answer, NOT_KEPT),
        }
    }
}

fn not_found() -> Response {
    safe((StatusCode::NOT_FOUND, "404 Not Found").into_response(), NOT_KEPT)
}

fn safe(mut response: Response, keep: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    for (name, value) in &SAFE {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    response
}

/// The page that a path is shown by. A path whose end has a dot is a file, and there or not.
fn page_of(path: &str) -> Option<&'static str> {
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.contains('.') {
        return None;
    }
    let is_under =
        |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    Some(if is_under("/admin") {
        "/admin.html"
    } else if is_under("/board") {
        "/board.html"
    } else {
        "/index.html"
    })
}

/// Whether a part of the path begins with a dot: what is being written, and what leads out.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

/// Whether it is a name as the bundler makes them: `student-5RCXLHDE.js`.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    let Some((_, hash)) = stem.rsplit_once('-') else { return false };
    hash.len() == HASH && hash.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    /// An answer, of which everything was read.
    struct Answer {
        response: Response,
        body: Vec<u8>,
    }

    impl Answer {
        fn header(&self, name: HeaderName) -> &str {
            self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
        }
    }

    async fn ask(folder: &Path, method: Method, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = Pages::new(folder).show(request.body(Body::empty()).unwrap()).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { response: Response::from_parts(parts, Body::empty()), body }
    }

    async fn get(folder: &Path, path: &str) -> Answer {
        ask(folder, Method::GET, path, &[]).await
    }

    fn site() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("assets")).unwrap();
        for (name, text) in [
            ("index.html", "student"),
            ("admin.html", "admin"),
            ("board.html", "board"),
            (".index.html.new", "half"),
            ("assets/student-5RCXLHDE.js", "script"),
            ("assets/student-5RCXLHDE.js.br", "br"),
            ("assets/student-5RCXLHDE.js.gz", "gz"),
            ("../secret", "secret"),
        ] {
            std::fs::write(site.join(name), text).unwrap();
        }
        folder
    }

    #[tokio::test]
    async fn each_path_has_its_page() {
        let folder = site();
        let site = folder.path().join("site");
        for (path, page) in [
            ("/", "student"),
            ("/orders/mine", "student"),
            ("/administrator", "student"),
            ("/admin", "admin"),
            ("/admin/", "admin"),
            ("/admin/kitchen?x=1", "admin"),
            ("/board", "board"),
        ] {
            let answer = get(&site, path).await;
            assert_eq!(
                (answer.response.status(), answer.body.as_slice()),
                (StatusCode::OK, page.as_bytes()),
                "{path}"
            );
            assert_eq!(answer.header(header::CACHE_CONTROL), ASK_AGAIN, "{path}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found() {
        let folder = site();
        let site = folder.path().join("site");
        for path in [
            "/gone.js",
            "/assets/gone-5RCXLHDE.js",
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret.txt",
            "/assets/..%2f..%2fsecret",
            "/.index.html.new",
            "/assets/%00.js",
        ] {
            let answer = get(&site, path).await;
            let shown = String::from_utf8(answer.body.clone()).unwrap();
            // A path without a dot at its end is a page, wherever it would lead.
            assert!(answer.response.status() == 404 || shown == "student", "{path}: {shown}");
            if answer.response.status() == 404 {
                assert_eq!(answer.header(header::CACHE_CONTROL), NOT_KEPT, "{path}");
            }
        }
        let answer = ask(&site, Method::POST, "/", &[]).await;
        assert_eq!(answer.response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn who_understands_it_gets_less_to_read() {
        let folder = site();
        let site = folder.path().join("site");
        let path = "/assets/student-5RCXLHDE.js";
        for (accepted, encoding, body) in
            [("gzip, deflate, br", "br", "br"), ("gzip", "gzip", "gz"), ("identity", "", "script")]
        {
            let answer = ask(&site, Method::GET, path, &[(header::ACCEPT_ENCODING, accepted)]).await;
            assert_eq!(answer.header(header::CONTENT_ENCODING), encoding);
            assert_eq!(answer.body, body.as_bytes());
            assert!(answer.header(header::VARY).eq_ignore_ascii_case("accept-encoding"));
            assert_eq!(answer.header(header::CONTENT_TYPE), "text/javascript");
            assert_eq!(answer.header(header::CACHE_CONTROL), FOR_EVER);
        }
    }

    #[tokio::test]
    async fn who_has_it_already_is_told_so() {
        let folder = site();
        let site = folder.path().join("site");
        let first = get(&site, "/").await;
        let tag = first.header(header::ETAG).to_owned();
        let again = ask(&site, Method::GET, "/", &[(header::IF_NONE_MATCH, &tag)]).await;
        assert_eq!((again.response.status(), again.body.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(again.header(header::CACHE_CONTROL), ASK_AGAIN);
        let head = ask(&site, Method::HEAD, "/", &[]).await;
        assert_eq!((head.response.status(), head.body.len()), (StatusCode::OK, 0));
        assert_eq!(head.header(header::CONTENT_LENGTH), "7");
    }

    #[tokio::test]
    async fn without_pages_one_says_how_to_build_them_until_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let answer = get(folder.path(), "/admin").await;
        assert_eq!(answer.response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(String::from_utf8(answer.body).unwrap().contains("cargo xtask web"));
        std::fs::write(folder.path().join("index.html"), "there").unwrap();
        assert_eq!(get(folder.path(), "/").await.body, b"there");
    }

    #[test]
    fn a_hash_is_known_from_a_word() {
        assert!(has_hash("/assets/student_bg-5RCXLHDE.wasm"));
        for path in ["/assets/student-5rcxlhde.js", "/icon.svg", "/anek-REGULAR.woff2", "/5RCXLHDE.js"] {
            assert!(!has_hash(path), "{path}");
        }
    }
}
