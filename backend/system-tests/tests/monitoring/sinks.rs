//! Where alerts arrive in a test: a webhook and a mail server, just able enough for Alertmanager.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Listens on a free port of loopback as long as the test runs, and keeps what arrives.
pub(crate) struct Sink {
    port: u16,
    arrived: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Takes what is posted, as Slack does.
    pub(crate) fn webhook() -> Self {
        Self::listen(take_post)
    }

    /// Takes mail (RFC 5321), without TLS and without asking who sends it.
    pub(crate) fn smtp() -> Self {
        Self::listen(take_mail)
    }

    fn listen(take: fn(TcpStream, &Mutex<Vec<String>>) -> io::Result<()>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&arrived);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who goes away in the middle of a conversation has delivered nothing, which the test sees.
                let _ = take(stream, &kept);
            }
        });
        Self { port, arrived }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What has arrived so far.
    pub(crate) fn arrived(&self) -> Vec<String> {
        self.arrived.lock().unwrap().clone()
    }
}

fn take_post(stream: TcpStream, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    kept.lock().unwrap().push(String::from_utf8(body).unwrap());
    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}

fn take_mail(stream: TcpStream, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"220 sink\r\n")?;
    let (mut mail, mut in_data) = (String::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        mail.push_str(&line);
        let answer: &[u8] = match (in_data, line.trim_end()) {
            (true, ".") => {
                in_data = false;
                kept.lock().unwrap().push(std::mem::take(&mut mail));
                b"250 kept\r\n"
            }
            (true, _) => continue,
            (false, "DATA") => {
                in_data = true;
                b"354 go on\r\n"
            }
            (false, "QUIT") => return stream.get_mut().write_all(b"221 bye\r\n"),
            (false, _) => b"250 ok\r\n",
        };
        stream.get_mut().write_all(answer)?;
    }
}
