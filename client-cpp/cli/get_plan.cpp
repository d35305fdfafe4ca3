#include "cli/get_plan.hpp"

#include <array>
#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/display.hpp"
#include "base/unique_fd.hpp"
#include "cli/usage_error.hpp"
#include "protocol/v4/path.hpp"

namespace sesame::cli {
namespace fs = std::filesystem;
namespace {

using transfer::v4::ListEntry;

constexpr mode_t made_folder = 0700;  // until it has its own mode
constexpr mode_t permissions = 0777;  // a server has no say in setuid and the like

bool is_local_folder(std::string_view path) {
  return path.ends_with('/') || path.starts_with('/') || path.starts_with("./") ||
         path.starts_with("../") || path == "." || path == "..";
}

std::string last_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

timespec timespec_of(std::int64_t nanoseconds) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t part = (nanoseconds % second + second) % second;
  return {(nanoseconds - part) / second, part};
}

/// Where something goes that was found at `path` because `remote` was asked for: below the last
/// name of `remote`.
fs::path target_of(std::string_view remote, std::string_view path) {
  return last_name(remote) + std::string(path.substr(remote.size()));
}

}  // namespace

Result<GetOrder> read_get_order(std::vector<std::string> paths, const std::string& out,
                                bool recursive) {
  GetOrder order;
  if (paths.size() > 1 && is_local_folder(paths.back())) {
    if (!out.empty())
      return usage_error("get", "'" + escaped(paths.back()) + "' and --out are two targets");
    order.folder = paths.back();
    paths.pop_back();
  }
  for (std::string& path : paths) {
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (!protocol::v4::is_path(path)) {
      return usage_error("get", "'" + escaped(path) + "' is no path on a server");
    }
  }
  order.remotes = std::move(paths);
  if (out.empty()) return order;

  std::error_code ignored;
  if (out.ends_with('/') || fs::is_directory(out, ignored)) {
    order.folder = out;
  } else if (recursive || order.remotes.size() > 1) {
    order.folder = out;  // many things: it can only be a folder, and is made
  } else {
    const fs::path target(out);
    order.folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    order.only_name = target.filename().native();
    if (order.only_name == "." || order.only_name == "..")
      return usage_error("get", "--out has no name");
  }
  return order;
}

Result<GetPlan> plan_get(const GetOrder& order, bool recursive,
                         const transfer::v4::Endpoint& endpoint) {
  GetPlan plan;
  for (const std::string& remote : order.remotes) {
    if (!recursive) {
      plan.files.push_back({remote, order.only_name.empty() ? last_name(remote) : order.only_name});
      continue;
    }
    bool anything = false;
    const auto listed = transfer::v4::list(endpoint, remote, [&](const ListEntry& entry) -> Status {
      anything = true;
      auto target = target_of(remote, entry.path);
      if (entry.type == ListEntry::Type::Folder) {
        plan.folders.push_back({std::move(target), entry.mtime, entry.mode});
      } else {
        plan.files.push_back({entry.path, std::move(target)});
        plan.bytes += entry.size;
      }
      return {};
    });
    if (!listed) return listed.error();
    if (!anything) {
      return Error{ErrorCode::NotFound, "nothing is stored at '" + escaped(remote) + "'"};
    }
  }
  return plan;
}

Status finish_folder(const fs::path& root, const GetFolder& folder) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  UniqueFd at(::open(root.c_str(), flags));
  for (const fs::path& name : folder.target) {
    if (!at.is_open()) break;
    ::mkdirat(at.get(), name.c_str(), made_folder);  // open tells whether it is there now
    at = UniqueFd(::openat(at.get(), name.c_str(), flags | O_NOFOLLOW));
  }
  const timespec mtime = timespec_of(folder.mtime);
  const std::array times{timespec{0, UTIME_OMIT}, mtime};
  if (!at.is_open() || ::fchmod(at.get(), folder.mode & permissions) != 0 ||
      ::futimens(at.get(), times.data()) != 0) {
    return error_from_errno(errno, escaped((root / folder.target).native()));
  }
  return {};
}

}  // namespace sesame::cli
