#include "transfer/enrolment.hpp"

#include <cstdlib>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "config/client_name.hpp"
#include "config/join_line.hpp"
#include "config/places.hpp"
#include "config/profile.hpp"
#include "temporary_folder.hpp"

namespace sesame {
namespace {

const std::string token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const std::string pin = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

config::Profile example() {
  return {{"files.example.org", 1357},
          *parse_base64url(pin),
          *ClientId::parse("00112233445546778899aabbccddeeff"),
          "Zoë's laptop",
          *parse_base64url(token)};
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

/// Sets a variable of the environment as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    const char* const before = std::getenv(name);
    if (before != nullptr) before_ = before;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("base64url: 32 bytes have one text") {
  const auto bytes = parse_base64url(token);
  REQUIRE(bytes);
  CHECK((*bytes)[0] == std::byte{0});
  CHECK((*bytes)[31] == std::byte{31});
  CHECK(base64url(*bytes) == token);
  Bytes32 high;
  high.fill(std::byte{0xFF});
  CHECK(base64url(high) == std::string(42, '_') + "8");
  CHECK(parse_base64url(std::string(42, '_') + "8") == high);
  for (const std::string& text :
       {std::string(), token.substr(1), token + "A", token.substr(1) + "=", token.substr(1) + " ",
        token.substr(1) + "+", token.substr(1) + "/", token.substr(1) + "\n",
        std::string(42, '_') + "9", std::string(43, '\0')}) {
    CAPTURE(text);
    CHECK_FALSE(parse_base64url(text));
  }
}

TEST_CASE("a join line") {
  const auto line = config::JoinLine::parse("sesame://[::1]:1357/#" + token + "." + pin);
  REQUIRE(line);
  CHECK(line->server == HostPort{"::1", 1357});
  CHECK(base64url(line->token) == token);
  CHECK(base64url(line->pin) == pin);
  CHECK(config::JoinLine::parse(" \tsesame://a-b.example:1/#" + token + "." + pin + "\r\n"));
}

TEST_CASE("what is no join line is refused, and not repeated") {
  const std::string secrets = token + "." + pin;
  for (const std::string& text : {std::string(),
                                  std::string("sesame://"),
                                  "http://a:1/#" + secrets,
                                  "a:1/#" + secrets,
                                  "SESAME://a:1/#" + secrets,
                                  "sesame://a/#" + secrets,
                                  "sesame://a:0/#" + secrets,
                                  "sesame://a:65536/#" + secrets,
                                  "sesame://:1/#" + secrets,
                                  "sesame://a:1#" + secrets,
                                  "sesame://a:1/" + secrets,
                                  "sesame://a:1/x#" + secrets,
                                  "sesame://u@a:1/#" + secrets,
                                  "sesame://a?b:1/#" + secrets,
                                  "sesame://::1:1/#" + secrets,
                                  "sesame://a b:1/#" + secrets,
                                  "sesame://a\x1b[2J:1/#" + secrets,
                                  "sesame://a/b:1/#" + secrets,
                                  "sesame://a:1/#" + token,
                                  "sesame://a:1/#" + token + pin,
                                  "sesame://a:1/#." + pin,
                                  "sesame://a:1/#" + token + ".",
                                  "sesame://a:1/#" + token.substr(1) + "." + pin,
                                  "sesame://a:1/#" + secrets + "A",
                                  "sesame://a:1/#" + secrets + ".x",
                                  "sesame://a:1/#" + secrets + " x",
                                  "sesame://a:1/##" + secrets,
                                  "sesame://a:1/#" + std::string(600, 'A')}) {
    CAPTURE(text);
    const auto line = config::JoinLine::parse(text);
    REQUIRE_FALSE(line);
    CHECK(line.error().code == ErrorCode::Malformed);
    CHECK(line.error().message.find(token.substr(0, 20)) == std::string::npos);
    CHECK(line.error().message.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("server.json comes back as it was written") {
  const auto profile = config::parse_profile(config::format_profile(example()));
  REQUIRE(profile);
  CHECK(*profile == example());
}

TEST_CASE("server.json says which of its fields is at fault") {
  const std::string good = config::format_profile(example());
  const auto broken = [&](const std::string& what, const std::string& with) {
    std::string text = good;
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    const auto profile = config::parse_profile(text.replace(at, what.size(), with));
    REQUIRE_FALSE(profile);
    CHECK(profile.error().code == ErrorCode::Malformed);
    return profile.error().message;
  };
  CHECK(broken("files.example.org:1357", "files.example.org").starts_with("'server'"));
  CHECK(broken(pin, pin.substr(1)).starts_with("'pin'"));
  CHECK(broken("00112233", "0011223").starts_with("'client_id'"));
  CHECK(broken("Zoë's laptop", "").starts_with("'client_name'"));
  CHECK(broken("\"" + token + "\"", "7").starts_with("'receipt_key'"));
  CHECK(broken("\"version\": 1", "\"version\": 2").starts_with("'version'"));
  CHECK(broken("\"pin\"", "\"Pin\"").starts_with("'pin'"));
  for (const char* text : {"", "[]", "null", "{", "\xFF"}) {
    CHECK_FALSE(config::parse_profile(text));
  }
}

TEST_CASE("places follow the XDG variables") {
  const Variable home("HOME", "/home/zoe");
  {
    const Variable config("XDG_CONFIG_HOME", nullptr);
    const Variable state("XDG_STATE_HOME", "relative/is/ignored");
    const auto places = config::Places::find({});
    REQUIRE(places);
    CHECK(places->config == "/home/zoe/.config/sesame");
    CHECK(places->state == "/home/zoe/.local/state/sesame");
    CHECK(places->receipts_of(pin) == "/home/zoe/.local/state/sesame/receipts/" + pin);
  }
  const Variable config("XDG_CONFIG_HOME", "/c");
  const Variable state("XDG_STATE_HOME", "/s");
  CHECK(config::Places::find({})->config == "/c/sesame");
  CHECK(config::Places::find({})->state == "/s/sesame");
  CHECK(config::Places::find("mine")->config == "mine");

  const Variable nowhere("HOME", nullptr);
  const Variable no_state("XDG_STATE_HOME", nullptr);
  CHECK(config::Places::find({}).error().code == ErrorCode::NotFound);
}

TEST_CASE("private folders are for their owner alone") {
  const test::TemporaryFolder folder;
  REQUIRE(config::make_private_folder(folder / "a/b/c"));
  CHECK(mode_of(folder / "a") == 0700);
  CHECK(mode_of(folder / "a/b/c") == 0700);
  CHECK(config::make_private_folder(folder / "a/b/c"));
  folder.write("file", "");
  CHECK_FALSE(config::make_private_folder(folder / "file/below"));
}

TEST_CASE("what a machine may call itself can be read out, and pasted into a shell") {
  for (const auto* name : {"web-1.example", "_", "0", "Web_1"})
    CHECK(config::check_own_name(name));
  CHECK(config::check_own_name(std::string(100, 'a')));
  for (const auto* name :
       {"", "-", "--write-only", ".hidden", "a b", "it's", "$(id)", "a\nb", "é"}) {
    const auto checked = config::check_own_name(name);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::BadName);
  }
  CHECK_FALSE(config::check_own_name(std::string(101, 'a')));
}

TEST_CASE("a name for a client is made of any text") {
  CHECK(config::safe_client_name("web-1.example") == "web-1.example");
  CHECK(config::safe_client_name("Zoë's") == "Zo---s");
  CHECK(config::safe_client_name("../..") == "client");
  CHECK(config::safe_client_name("") == "client");
  CHECK(config::safe_client_name("a. ") == "a.-");
  CHECK(config::safe_client_name(std::string(300, 'a')).size() == 100);
  for (const auto* text : {"Zoë's", "../..", "--write-only", "a b", ".-"})
    CHECK(config::check_own_name(config::safe_client_name(text)));
}

TEST_CASE("an enrolment is kept, for its owner alone") {
  const test::TemporaryFolder folder;
  const transfer::EnrolmentStore store(folder / "deep/config");
  CHECK(store.load().error().code == ErrorCode::NotFound);
  CHECK_FALSE(store.profile()->has_value());

  const auto identity = store.identity_or_new("zoe");
  REQUIRE(identity);
  REQUIRE(store.save(example(), false));
  CHECK(mode_of(store.folder()) == 0700);
  for (const char* name : {"key.pem", "cert.pem", "server.json"})
    CHECK(mode_of(store.folder() / name) == 0600);

  const auto loaded = store.load();
  REQUIRE(loaded);
  CHECK(loaded->profile == example());
  CHECK(loaded->identity.pin() == identity->pin());
  CHECK(store.identity_or_new("another")->pin() == identity->pin());
}

TEST_CASE("a key that others may read is refused, with what to do about it") {
  const test::TemporaryFolder folder;
  const transfer::EnrolmentStore store(folder.path());
  REQUIRE(store.identity_or_new("zoe"));
  REQUIRE(store.save(example(), false));
  REQUIRE(::chmod((folder / "key.pem").c_str(), 0640) == 0);
  const auto loaded = store.load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == ErrorCode::OpenToOthers);
  CHECK(loaded.error().message.find("chmod 600 " + (folder / "key.pem").native()) !=
        std::string::npos);
  CHECK(store.identity_or_new("zoe").error().code == ErrorCode::OpenToOthers);
}

TEST_CASE("only the key counts: a certificate that is lost or does not fit is made anew") {
  const test::TemporaryFolder folder;
  const transfer::EnrolmentStore store(folder.path());
  const auto pin_before = store.identity_or_new("zoe")->pin();
  REQUIRE(store.save(example(), false));
  SUBCASE("lost") {
    std::filesystem::remove(folder / "cert.pem");
  }
  SUBCASE("of another key") {
    folder.write("cert.pem", crypto::TlsIdentity::generate("x").certificate_pem());
  }
  SUBCASE("damaged") {
    folder.write("cert.pem", "-----BEGIN");
  }
  const auto loaded = store.load();
  REQUIRE(loaded);
  CHECK(loaded->identity.pin() == pin_before);
  CHECK(crypto::pin_of(*loaded->identity.certificate()) == pin_before);
}

TEST_CASE("what a new enrolment replaces is kept beside it") {
  const test::TemporaryFolder folder;
  const transfer::EnrolmentStore store(folder.path());
  const auto first = store.identity_or_new("zoe")->pin();
  REQUIRE(store.save(example(), true));
  auto other = example();
  other.client_name = "other";
  const auto kept = store.save(other, true);
  REQUIRE(kept);
  REQUIRE(kept->has_value());
  CHECK(config::parse_profile(test::read_text(**kept)).value() == example());
  CHECK(store.profile()->value() == other);

  const auto second = store.waiting_identity("zoe")->pin();
  CHECK(second != first);
  CHECK(store.waiting_identity("zoe")->pin() == second);
  CHECK(store.load()->identity.pin() == first);
  REQUIRE(store.adopt_waiting_identity());
  CHECK(store.load()->identity.pin() == second);
  CHECK_FALSE(std::filesystem::exists(folder / "key.pem.new"));
  CHECK(std::filesystem::exists(folder / "key.pem.old"));
  CHECK(crypto::TlsIdentity::from_pem(test::read_text(folder / "key.pem.old"),
                                      test::read_text(folder / "cert.pem.old"))
            ->pin() == first);
}

}  // namespace sesame
