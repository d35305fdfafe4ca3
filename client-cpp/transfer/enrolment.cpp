#include "transfer/enrolment.hpp"

#include <string>
#include <utility>

#include "base/display.hpp"
#include "config/file_io.hpp"
#include "config/places.hpp"
#include "config/staged_file.hpp"

namespace sesame::transfer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_pem = 64 * 1024;
constexpr std::size_t largest_profile = 64 * 1024;

std::string_view view(const SecretText& text) {
  return {text.data(), text.size()};
}

Error in_file(const fs::path& path, const Error& error) {
  return {error.code, escaped(path.native()) + ": " + error.message};
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

}  // namespace

Result<Enrolment> EnrolmentStore::load() const {
  auto found = profile();
  if (!found) return found.error();
  if (!found->has_value()) {
    return Error{ErrorCode::NotFound,
                 "this client is not enrolled (no " + escaped(profile_path().native()) +
                     "): ask who runs the server for a join line, then 'sesame enroll JOINLINE'"};
  }
  auto identity = read(in_use(), (*found)->client_name);
  if (!identity && identity.error().code == ErrorCode::NotFound) {
    return Error{ErrorCode::NotFound, "the key of this client is gone (" +
                                          identity.error().message +
                                          "): put it back, or enroll again"};
  }
  if (!identity) return identity.error();
  return Enrolment{**std::move(found), *std::move(identity)};
}

Result<std::optional<config::Profile>> EnrolmentStore::profile() const {
  const auto text = config::read_small_file(profile_path(), largest_profile);
  if (!text && text.error().code == ErrorCode::NotFound) return std::optional<config::Profile>();
  if (!text) return text.error();
  auto profile = config::parse_profile(view(*text));
  if (!profile) return in_file(profile_path(), profile.error());
  return std::optional(*std::move(profile));
}

Result<crypto::TlsIdentity> EnrolmentStore::read(const KeyFiles& files, std::string_view name) {
  const auto key = config::read_private_file(files.key, largest_pem);
  if (!key) return key.error();
  const auto certificate = config::read_small_file(files.certificate, largest_pem);
  if (certificate) {
    auto identity = crypto::TlsIdentity::from_pem(view(*key), view(*certificate));
    if (identity) return identity;
  }
  // A program that was killed while it wrote them may have left a certificate that does not fit, or
  // none. Nobody looks at more of it than the key.
  auto identity = crypto::TlsIdentity::from_key(view(*key), name);
  if (!identity) return in_file(files.key, identity.error());
  return identity;
}

Result<crypto::TlsIdentity> EnrolmentStore::read_or_make(const KeyFiles& files,
                                                         std::string_view name) const {
  auto there = read(files, name);
  if (there || there.error().code != ErrorCode::NotFound) return there;

  if (const auto made = config::make_private_folder(folder_); !made) return made.error();
  auto identity = crypto::TlsIdentity::generate(name);
  const auto certificate =
      config::write_atomically(files.certificate, bytes_of(identity.certificate_pem()));
  if (!certificate) return certificate.error();
  const SecretText key = identity.key_pem();
  if (const auto written = config::write_atomically(files.key, bytes_of(view(key))); !written) {
    return written.error();
  }
  return identity;
}

Result<crypto::TlsIdentity> EnrolmentStore::identity_or_new(std::string_view name) const {
  return read_or_make(in_use(), name);
}

Result<crypto::TlsIdentity> EnrolmentStore::waiting_identity(std::string_view name) const {
  return read_or_make(waiting(), name);
}

Status EnrolmentStore::adopt_waiting_identity() const {
  const KeyFiles old = in_use();
  const KeyFiles taken = waiting();
  // The key last: with it, the new identity is the one in use.
  for (const auto& [from, to] :
       {std::pair(&taken.certificate, &old.certificate), {&taken.key, &old.key}}) {
    if (is_there(*to)) {
      if (const auto kept = config::keep_beside(*to); !kept) return kept.error();
    }
    if (const auto moved = config::move_durably(*from, *to); !moved) return moved;
  }
  return {};
}

Result<std::optional<fs::path>> EnrolmentStore::save(const config::Profile& profile,
                                                     bool keep_old) const {
  if (const auto made = config::make_private_folder(folder_); !made) return made.error();
  std::optional<fs::path> kept;
  if (keep_old && is_there(profile_path())) {
    auto beside = config::keep_beside(profile_path());
    if (!beside) return beside.error();
    kept = *std::move(beside);
  }
  const auto written =
      config::write_atomically(profile_path(), bytes_of(config::format_profile(profile)));
  if (!written) return written.error();
  return kept;
}

}  // namespace sesame::transfer
