//! Hashing of passwords, on a few threads of its own with a low priority, so that a storm of logins slows nothing
//! else down. What waits is bounded; imports get the turns that logins leave, and one turn in eight at least.

use std::{
    collections::VecDeque,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use parking_lot::{Condvar, Mutex};
use service_kit::metrics::Metrics;
use thread_priority::{ThreadPriority, ThreadPriorityValue};
use tokio::sync::oneshot;

use crate::domain::password::Workspace;

/// Every so many turns it is an import's, if one waits.
const BACKGROUND_TURN: u64 = 8;
/// Of 0 to 99, where 50 is ordinary: on Linux a nice value of about 10.
const PRIORITY: u8 = 25;

/// For whom something is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Somebody waits for it.
    Foreground,
    /// Nobody does.
    Background,
}

/// Why nothing was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// As many wait as may.
    #[error("too many passwords wait to be hashed")]
    Full,
    /// The hashing broke off.
    #[error("the hashing broke off")]
    BrokeOff,
}

type Job = Box<dyn FnOnce(&mut Workspace) + Send>;

/// The threads that hash. They end when this is dropped.
pub struct HashingPool {
    shared: Arc<Shared>,
    capacity: usize,
}

struct Shared {
    jobs: Mutex<Jobs>,
    arrived: Condvar,
    queued: Box<dyn Fn(usize) + Send + Sync>,
    seconds: Box<dyn Fn(f64) + Send + Sync>,
}

#[derive(Default)]
struct Jobs {
    foreground: VecDeque<Job>,
    background: VecDeque<Job>,
    turn: u64,
    closed: bool,
}

impl Jobs {
    fn len(&self) -> usize {
        self.foreground.len() + self.background.len()
    }

    fn take(&mut self) -> Option<Job> {
        let next = self.turn + 1;
        let job = if next.is_multiple_of(BACKGROUND_TURN) {
            self.background.pop_front().or_else(|| self.foreground.pop_front())
        } else {
            self.foreground.pop_front().or_else(|| self.background.pop_front())
        }?;
        self.turn = next;
        Some(job)
    }
}

impl HashingPool {
    /// Starts the threads. Of each share, at most `capacity` jobs wait.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(threads: usize, capacity: usize, metrics: &Metrics) -> io::Result<Self> {
        let queued = metrics.gauge("hashing_queue", "Passwords that wait to be hashed");
        let seconds = metrics.seconds("password_hash_seconds", "How long hashing a password took");
        let shared = Arc::new(Shared {
            jobs: Mutex::default(),
            arrived: Condvar::new(),
            queued: Box::new(move |count| queued.set(i64::try_from(count).unwrap_or(i64::MAX))),
            seconds: Box::new(move |time| seconds.observe(time)),
        });
        let pool = Self { shared, capacity };
        for number in 0..threads {
            let shared = Arc::clone(&pool.shared);
            let name = format!("hashing-{number}");
            std::thread::Builder::new().name(name).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Runs a job on one of the threads and waits for its result. A job that nobody waits for any more is left
    /// out.
    ///
    /// # Errors
    /// See [`HashingError`].
    pub async fn run<T: Send + 'static>(
        &self,
        share: Share,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let (answer, result) = oneshot::channel();
        let shared = Arc::downgrade(&self.shared);
        let job: Job = Box::new(move |workspace| {
            if answer.is_closed() {
                return;
            }
            let started = Instant::now();
            let done = work(workspace);
            if let Some(shared) = shared.upgrade() {
                (shared.seconds)(started.elapsed().as_secs_f64());
            }
            // Whoever asked may have gone away meanwhile.
            let _ = answer.send(done);
        });
        self.shared.add(share, job, self.capacity)?;
        result.await.map_err(|_| HashingError::BrokeOff)
    }
}

impl Drop for HashingPool {
    fn drop(&mut self) {
        self.shared.jobs.lock().closed = true;
        self.shared.arrived.notify_all();
    }
}

impl fmt::Debug for HashingPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashingPool").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl Shared {
    fn add(&self, share: Share, job: Job, capacity: usize) -> Result<(), HashingError> {
        let mut jobs = self.jobs.lock();
        let queue = match share {
            Share::Foreground => &mut jobs.foreground,
            Share::Background => &mut jobs.background,
        };
        if queue.len() >= capacity {
            return Err(HashingError::Full);
        }
        queue.push_back(job);
        (self.queued)(jobs.len());
        drop(jobs);
        self.arrived.notify_one();
        Ok(())
    }

    /// The next job; `None` once the pool is gone. `waiting` is called when there is none at the moment.
    fn next(&self, mut waiting: impl FnMut()) -> Option<Job> {
        let mut jobs = self.jobs.lock();
        loop {
            if jobs.closed {
                return None;
            }
            if let Some(job) = jobs.take() {
                (self.queued)(jobs.len());
                return Some(job);
            }
            waiting();
            self.arrived.wait(&mut jobs);
        }
    }

    fn work(&self) {
        let lowered = ThreadPriorityValue::try_from(PRIORITY)
            .map(|value| ThreadPriority::Crossplatform(value).set_for_current());
        if !matches!(lowered, Ok(Ok(()))) {
            tracing::debug!("hashing keeps the ordinary priority");
        }
        let mut workspace = Workspace::default();
        // The memory is kept from one hash to the next, and given back when nobody waits.
        while let Some(job) = self.next(|| workspace = Workspace::default()) {
            if catch_unwind(AssertUnwindSafe(|| job(&mut workspace))).is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn pool(capacity: usize) -> Arc<HashingPool> {
        Arc::new(HashingPool::start(1, capacity, &Metrics::new("test")).unwrap())
    }

    /// Holds the one thread up until the sender is dropped.
    async fn hold(pool: &Arc<HashingPool>, tasks: &service_kit::Tasks) -> mpsc::Sender<()> {
        let (gate, wait) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let own = Arc::clone(pool);
        tasks.spawn(async move {
            let held = own.run(Share::Foreground, move |_| {
                started.send(()).unwrap();
                let _ = wait.recv();
            });
            held.await.unwrap();
        });
        has_started.await.unwrap();
        gate
    }

    fn queue(pool: &HashingPool, share: Share, order: &mpsc::Sender<Share>) {
        let order = order.clone();
        pool.shared.add(share, Box::new(move |_| order.send(share).unwrap()), 100).unwrap();
    }

    #[tokio::test]
    async fn logins_go_first_and_an_import_gets_one_turn_in_eight() {
        let (pool, tasks) = (pool(100), service_kit::Tasks::new());
        let gate = hold(&pool, &tasks).await;
        let (order, done) = mpsc::channel();
        for _ in 0..3 {
            queue(&pool, Share::Background, &order);
        }
        for _ in 0..16 {
            queue(&pool, Share::Foreground, &order);
        }
        drop((gate, order));
        let background: Vec<_> = done
            .iter()
            .enumerate()
            .filter(|(_, share)| *share == Share::Background)
            .map(|(n, _)| n)
            .collect();
        // The job that held the thread up had the first turn.
        assert_eq!(background, [6, 14, 18]);
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let (pool, tasks) = (pool(1), service_kit::Tasks::new());
        let gate = hold(&pool, &tasks).await;
        let waiting = pool.run(Share::Foreground, |_| 7);
        tokio::pin!(waiting);
        assert!(futures_now(&mut waiting).await.is_none());
        assert_eq!(pool.run(Share::Foreground, |_| 8).await, Err(HashingError::Full));
        drop(gate);
        assert_eq!(waiting.await, Ok(7));
    }

    /// One look at a future.
    async fn futures_now<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn a_panic_costs_one_job_and_not_the_thread() {
        let pool = pool(10);
        let broken = pool.run(Share::Foreground, |_| panic!("broken on purpose"));
        assert_eq!(broken.await, Err::<(), _>(HashingError::BrokeOff));
        assert_eq!(pool.run(Share::Foreground, |_| 7).await, Ok(7));
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn the_priority_is_lowered() {
        let stat = pool(1)
            .run(Share::Foreground, |_| std::fs::read_to_string("/proc/thread-self/stat").unwrap())
            .await
            .unwrap();
        // The 19th field (proc_pid_stat(5)); the name in the second may hold no space here.
        let nice: i32 = stat.split(' ').nth(18).unwrap().parse().unwrap();
        assert!((5..=15).contains(&nice), "nice {nice}");
    }
}
