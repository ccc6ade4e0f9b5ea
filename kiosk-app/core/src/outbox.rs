//! Orders that are kept until the server has answered them.
