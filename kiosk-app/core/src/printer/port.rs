//! Open connection to a printer.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Target;

/// Open connection to a printer.
pub(super) enum Port {
    /// TCP connection.
    Tcp(TcpStream),
    /// Device file.
    Device(device::Device),
}

impl Port {
    /// Opens the connection.
    pub(super) async fn open(target: &Target) -> io::Result<Self> {
        match target {
            Target::None => Err(io::Error::new(io::ErrorKind::NotFound, "no printer is configured")),
            Target::Device(path) => Ok(Self::Device(device::Device::open(path).await?)),
            Target::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
        }
    }

    /// Returns whether bytes of the printer can be read.
    pub(super) fn answers(&self) -> bool {
        match self {
            Self::Tcp(_) => true,
            Self::Device(device) => device.answers(),
        }
    }

    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).await,
            Self::Device(device) => device.write_all(bytes).await,
        }
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush().await,
            Self::Device(_) => Ok(()),
        }
    }

    pub(super) async fn read_byte(&mut self) -> io::Result<u8> {
        match self {
            Self::Tcp(stream) => stream.read_u8().await,
            Self::Device(device) => device.read_byte().await,
        }
    }
}

/// Device files, opened so that neither opening nor writing can block.
#[cfg(unix)]
mod device {
    use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt as _, path::Path};

    use rustix::fs::OFlags;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::unix::pipe::{Receiver, Sender},
    };

    /// Both directions of a device. A printer is no pipe, but it is written, read and waited for like one.
    pub(crate) struct Device {
        to_printer: Sender,
        from_printer: Receiver,
    }

    impl Device {
        #[expect(clippy::unused_async, reason = "opening takes a thread on Windows")]
        pub(crate) async fn open(path: &Path) -> io::Result<Self> {
            let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .custom_flags(flags.bits().cast_signed())
                .open(path)?;
            Ok(Self {
                from_printer: Receiver::from_file_unchecked(file.try_clone()?)?,
                to_printer: Sender::from_file_unchecked(file)?,
            })
        }

        pub(crate) fn answers(&self) -> bool {
            true
        }

        pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.to_printer.write_all(bytes).await
        }

        pub(crate) async fn read_byte(&mut self) -> io::Result<u8> {
            self.from_printer.read_u8().await
        }
    }
}

/// Shares of printer queues. A write can block, so that it has a thread; a thread that still blocks after its deadline
/// holds the only place, and no second one is started.
#[cfg(windows)]
mod device {
    use std::{
        fs::{File, OpenOptions},
        io::{self, Write as _},
        path::Path,
        sync::Arc,
    };

    use tokio::sync::{OwnedSemaphorePermit, Semaphore};

    /// The only place of a blocking thread.
    static PLACE: std::sync::LazyLock<Arc<Semaphore>> =
        std::sync::LazyLock::new(|| Arc::new(Semaphore::new(1)));

    pub(crate) struct Device {
        file: Arc<File>,
    }

    impl Device {
        pub(crate) async fn open(path: &Path) -> io::Result<Self> {
            let path = path.to_owned();
            let file = blocking(move || OpenOptions::new().write(true).open(path)).await?;
            Ok(Self { file: Arc::new(file) })
        }

        pub(crate) fn answers(&self) -> bool {
            false
        }

        pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
            let (file, bytes) = (Arc::clone(&self.file), bytes.to_owned());
            blocking(move || (&*file).write_all(&bytes)).await
        }

        pub(crate) async fn read_byte(&mut self) -> io::Result<u8> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    async fn blocking<T: Send + 'static>(
        call: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let place: OwnedSemaphorePermit = Arc::clone(&PLACE)
            .try_acquire_owned()
            .map_err(|_| io::Error::new(io::ErrorKind::WouldBlock, "the printer still blocks a write"))?;
        let task = tokio::task::spawn_blocking(move || {
            let result = call();
            drop(place);
            result
        });
        task.await.map_err(io::Error::other)?
    }
}
