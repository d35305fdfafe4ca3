#pragma once

#include <functional>
#include <string_view>

#include "protocol/v4/responses.hpp"
#include "transfer/v4/endpoint.hpp"

namespace sesame::transfer::v4 {

/// A file or a folder that this client has stored: type, size, mtime, mode, sha256, seq, path. Its
/// path is safe to use below a folder: the decoder refuses any other.
using protocol::v4::ListEntry;

/// All that the client has stored at `path` or below it (empty: everything), in byte order of the
/// paths, page by page, so that memory does not grow with their number. A failure that `visit`
/// gives ends it.
///
/// Network faults are tried again as often as the endpoint says; `visit` sees each entry once.
/// Fails with NotFound for a path under which nothing is, Refused for a write-only client, or as
/// greet().
Status list(const Endpoint& endpoint, std::string_view path,
            const std::function<Status(const ListEntry&)>& visit);

}  // namespace sesame::transfer::v4
