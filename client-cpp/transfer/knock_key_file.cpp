#include "transfer/knock_key_file.hpp"

#include <string>

#include "base/display.hpp"
#include "config/places.hpp"
#include "config/staged_file.hpp"

namespace sesame::transfer {
namespace {

constexpr std::size_t largest_knock_profile = 64 * 1024;
constexpr const char* knock_profile_name = "knock.json";

}  // namespace

KnockKeyFile::KnockKeyFile(const std::filesystem::path& folder, Ask ask, Warn warn)
    : path_(folder / knock_profile_name), ask_(ask), warn_(std::move(warn)) {}

Result<std::optional<config::KnockProfile>> KnockKeyFile::find(
    const config::Profile& profile) const {
  const auto text = config::read_private_file(path_, largest_knock_profile);
  if (!text && text.error().code == ErrorCode::NotFound) {
    return std::optional<config::KnockProfile>();
  }
  if (!text) return text.error();
  const auto kept = config::parse_knock_profile({text->data(), text->size()});
  if (!kept) {
    return Error{kept.error().code, escaped(path_.native()) + ": " + kept.error().message};
  }
  if (kept->pin != profile.pin || kept->client_id != profile.client_id) {
    return std::optional<config::KnockProfile>();
  }
  return std::optional(*kept);
}

Result<config::KnockProfile> KnockKeyFile::need(const config::Profile& profile) const {
  const auto kept = find(profile);
  if (!kept) return kept.error();
  if (kept->has_value()) return **kept;
  return Error{ErrorCode::NoKnockKey,
               "this client has no knock key yet: it gets one from its server the first time that "
               "it connects while the gate is open ('sesame status'), or with a new join line "
               "('sesame enroll --knock JOINLINE')"};
}

bool KnockKeyFile::wants_key() const {
  if (asked_) return false;
  if (ask_ == Ask::Once || !profile_) return true;
  const auto kept = find(*profile_);
  // One that is damaged is replaced; one that cannot be read for another reason is not ours to.
  return kept ? !kept->has_value() : kept.error().code == ErrorCode::Malformed;
}

void KnockKeyFile::keep(const protocol::v4::Welcome& welcome,
                        const protocol::v4::KnockKeyGiven& given) {
  unwritten_ = config::KnockProfile{{}, welcome.client_id, given.port, given.key};
  if (profile_) keep_for(*profile_);
}

void KnockKeyFile::keep_for(const config::Profile& profile) {
  if (!unwritten_) return;
  auto fresh = *unwritten_;
  unwritten_.reset();
  fresh.pin = profile.pin;
  const auto kept = find(profile);
  if (kept && kept->has_value()) {
    // A gate that is off for now is where it was when it is on again.
    if (fresh.port == 0) fresh.port = (*kept)->port;
    if (fresh == **kept) return;
  }
  write(fresh, profile);
}

void KnockKeyFile::write(const config::KnockProfile& fresh, const config::Profile& profile) {
  const auto written =
      config::write_atomically(path_, bytes_of(config::format_knock_profile(fresh)));
  if (written) return;
  warn_({written.error().code, "the knock key of '" + escaped(profile.client_name) +
                                   "' cannot be kept: " + written.error().message +
                                   "; it is asked for again the next time"});
}

void KnockKeyFile::not_given(const Error& reason) {
  warn_({reason.code, "the server gave no knock key: " + reason.message +
                          "; it is asked for again the next time"});
}

}  // namespace sesame::transfer
