#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/base64.hpp"
#include "config/file_io.hpp"
#include "config/me_info.hpp"
#include "config/staged_file.hpp"
#include "config/transfer_info.hpp"
#include "temporary_folder.hpp"
#include "transfer/identity.hpp"
#include "vectors.hpp"

namespace sesame::config {
namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("transfer.info as the vectors say") {
  for (const auto& vector : test::vectors("v3/transfer-info.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const auto info = parse_transfer_info(vector.at("text").get<std::string>());
    CHECK(test::outcome(info) == vector.at("expect").get<std::string>());
    if (!info) continue;
    CHECK(info.value().server.host == vector.at("host").get<std::string>());
    CHECK(info.value().server.port == vector.at("port").get<int>());
    CHECK(info.value().client_name == vector.at("client_name").get<std::string>());
    CHECK(info.value().files == vector.at("files").get<std::vector<std::string>>());
  }
}

TEST_CASE("transfer.info: file names are bytes, a byte order mark is none of them") {
  const auto info = parse_transfer_info("\xEF\xBB\xBFlocalhost:1\nalice\n a \xFF\n");
  REQUIRE(info);
  CHECK(info.value().server.host == "localhost");
  CHECK(info.value().files == std::vector<std::string>{" a \xFF"});
}

TEST_CASE("me.info as the vectors say, its key included") {
  for (const auto& vector : test::vectors("v3/me-info.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const auto identity = transfer::parse_identity(vector.at("text").get<std::string>());
    CHECK(test::outcome(identity) == vector.at("expect").get<std::string>());
    if (!identity) continue;
    CHECK(identity.value().client_name == vector.at("client_name").get<std::string>());
    CHECK(identity.value().id.to_hex() == vector.at("client_id").get<std::string>());
    const auto key = base64_encode(identity.value().key.private_der());
    CHECK(std::string(key.begin(), key.end()) ==
          vector.at("private_pkcs8_base64").get<std::string>());
  }
}

TEST_CASE("me.info is written in one form, for its owner alone") {
  const test::TemporaryFolder folder;
  const MeInfo info{"Zoë B", *ClientId::parse("a1b2c3d4-e5f6-4718-9a8b-7c6d5e4f3a2b"),
                    SecretBytes(100, std::byte{7})};
  REQUIRE(save_me_info(folder / "me.info", info));
  CHECK(mode_of(folder / "me.info") == 0600);
  CHECK(folder.entries() == 1);
  const auto text = test::read_text(folder / "me.info");
  CHECK(text.starts_with("Zoë B\na1b2c3d4e5f647189a8b7c6d5e4f3a2b\n"));
  CHECK(std::ranges::count(text, '\n') == 3);

  const auto again = load_me_info(folder / "me.info");
  REQUIRE(again);
  CHECK(again.value().client_name == info.client_name);
  CHECK(again.value().client_id == info.client_id);
  CHECK(again.value().private_key == info.private_key);
}

TEST_CASE("an identity that is replaced is kept, and so is the one before it") {
  const test::TemporaryFolder folder;
  const transfer::IdentityStore store(folder / "me.info");
  CHECK_FALSE(store.load("alice").value().has_value());

  const char* kept_as[] = {nullptr, "me.info.old", "me.info.old-2", "me.info.old-3"};
  std::string before;
  for (const char* name : kept_as) {
    const transfer::Identity identity{"alice", ClientId{}, crypto::RsaKey::make()};
    const auto kept = store.replace(identity);
    REQUIRE(kept);
    CHECK(kept.value().has_value() == (name != nullptr));
    if (name) CHECK(test::read_text(folder / name) == before);
    before = test::read_text(folder / "me.info");
  }
  CHECK(store.load("alice").value().has_value());
  CHECK(test::outcome(store.load("bob")) == "identity-mismatch");
}

TEST_CASE("a staged file appears whole or not at all") {
  const test::TemporaryFolder folder;
  {
    auto staged = StagedFile::create(folder / "a");
    REQUIRE(staged);
    REQUIRE(staged.value().write(bytes_of("half")));
    CHECK_FALSE(std::filesystem::exists(folder / "a"));
  }
  CHECK(folder.entries() == 0);

  folder.write("a", "old");
  {
    auto staged = StagedFile::create(folder / "a");
    REQUIRE(staged.value().write(bytes_of("new")));
    CHECK(test::outcome(staged.value().commit(StagedFile::Existing::Keep)) == "already-exists");
  }
  CHECK(test::read_text(folder / "a") == "old");
  CHECK(folder.entries() == 1);
  REQUIRE(write_atomically(folder / "a", bytes_of("new")));
  CHECK(test::read_text(folder / "a") == "new");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a small file that is missing, just fits, or is too large") {
  const test::TemporaryFolder folder;
  CHECK(test::outcome(read_small_file(folder / "none", 10)) == "not-found");
  folder.write("a", "0123456789");
  CHECK(read_small_file(folder / "a", 10).value().size() == 10);
  CHECK(test::outcome(read_small_file(folder / "a", 9)) == "malformed");
}

}  // namespace sesame::config
