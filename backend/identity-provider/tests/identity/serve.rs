//! The service as it is run: on a real port, with its beat, until it is asked to stop.

use std::{sync::Arc, time::Duration};

use crate::support::World;
use async_trait::async_trait;
use identity_provider::{Config, Identity, seed_demo, serve};
use messaging::{Fanout, PublishError, Subscription};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use wire::event::Event;

/// Hands on what is published.
struct Ear(mpsc::UnboundedSender<Event>);

#[async_trait]
impl Fanout for Ear {
    async fn publish(&self, events: Vec<Event>) -> Result<(), PublishError> {
        for event in events {
            let _ = self.0.send(event);
        }
        Ok(())
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        unreachable!("nobody subscribes here")
    }

    async fn is_up(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn it_answers_on_its_port_and_beats_until_it_is_asked_to_stop() {
    let (store, clock, folder) = World::parts().await;
    seed_demo(&store, &clock).await.unwrap();
    let (service, mut ports) = World::service(&store, clock, [1; 32]);
    let (heard, mut events) = mpsc::unbounded_channel();
    ports.fanout = Arc::new(Ear(heard));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let (own, tasks) = (service.clone(), service.tasks.clone());
    service.tasks.spawn(async move {
        serve(Identity::open(&own, &Config::default(), ports).await.unwrap(), listener).await;
        ended.send(()).unwrap();
    });

    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = r#"{"username":"student1","password":"password123"}"#;
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(r#""token":""#), "{answer}");

    let Some(Event::Ops(beat)) = events.recv().await else { unreachable!("the first event is a beat") };
    assert!(beat.counters.contains_key("login_success_total"));
    assert!(tasks.stop(Duration::from_secs(10)).await);
    has_ended.await.unwrap();
    drop(folder);
}
