#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "transfer/v4/fetch_run.hpp"
#include "transfer/v4/listing.hpp"

namespace sesame::cli {

/// What a user asked for: which paths of the server, and where they go.
struct GetOrder {
  std::vector<std::string> remotes;
  std::filesystem::path folder = ".";  // that all targets are below
  std::string only_name;               // of the one file; empty: as it is called on the server
};

/// Reads `REMOTE… [DIR]` and `-o OUT`. The last of several paths is a folder here if it could not
/// be one on the server: it ends in a slash, or begins with `/`, `./` or `../`, or is `.` or `..`.
/// OUT is a folder if there is one, or if it ends in a slash; else the name of the one file. Fails
/// with Malformed.
Result<GetOrder> read_get_order(std::vector<std::string> paths, const std::string& out,
                                bool recursive);

/// A folder that arrives with its files, and what it is to look like when they are there.
struct GetFolder {
  std::filesystem::path target;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
};

struct GetPlan {
  std::vector<transfer::v4::FetchItem> files;
  std::vector<GetFolder> folders;  // a folder before those in it
  std::uint64_t bytes = 0;         // 0 when it is not known
};

/// What the order comes to; asks the server what is in its folders if `recursive`. Fails as list().
Result<GetPlan> plan_get(const GetOrder& order, bool recursive,
                         const transfer::v4::Endpoint& endpoint);

/// Makes a folder of the plan below `root` if need be, and gives it its mode and mtime. Links on
/// the way are not followed.
Status finish_folder(const std::filesystem::path& root, const GetFolder& folder);

}  // namespace sesame::cli
