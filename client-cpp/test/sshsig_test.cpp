#include "crypto/sshsig.hpp"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "receipt_maker.hpp"
#include "temporary_folder.hpp"

namespace sesame::crypto {
namespace {

bool run(const std::string& command) {
  return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

/// The text between the first two lines that hold these words.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

}  // namespace

TEST_CASE("a signature is of its namespace, hash, key and message, and of nothing else") {
  const test::ReceiptMaker maker;
  const test::ReceiptMaker other;
  const std::string text = "the text";
  const Bytes blob = maker.sign(text);
  CHECK(verify_sshsig(blob, bytes_of(text), maker.key()));
  CHECK_FALSE(verify_sshsig(blob, bytes_of("the Text"), maker.key()));
  CHECK_FALSE(verify_sshsig(blob, bytes_of(text), other.key()));
  CHECK_FALSE(verify_sshsig(blob, bytes_of(text), Ed25519Key{}));

  Bytes longer = blob;
  longer.push_back(std::byte{0});
  CHECK_FALSE(verify_sshsig(longer, bytes_of(text), maker.key()));
  for (std::size_t length = 0; length < blob.size(); ++length)
    CHECK_FALSE(verify_sshsig(ByteView(blob).first(length), bytes_of(text), maker.key()));
}

TEST_CASE("what stock OpenSSH signs is accepted here, and the reverse") {
  if (!run("command -v ssh-keygen")) {
    MESSAGE("skipped: there is no ssh-keygen (Debian: openssh-client)");
    return;
  }
  const test::TemporaryFolder folder;
  const std::string in_folder = "cd '" + folder.path().native() + "' && ";
  const std::string text = "{\"type\":\"sesame-receipt/1\"}";
  folder.write("r.json", text);

  SUBCASE("signed by ssh-keygen") {
    REQUIRE(run(in_folder + "ssh-keygen -q -t ed25519 -N '' -C '' -f key && "
                            "ssh-keygen -Y sign -f key -n sesame-receipt r.json"));
    const auto blob =
        base64_decode(between(test::read_text(folder / "r.json.sig"),
                              "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"));
    const auto public_blob =
        base64_decode(between(test::read_text(folder / "key.pub"), "ssh-ed25519 ", "\n"));
    REQUIRE(blob);
    REQUIRE(public_blob);
    Ed25519Key key;
    std::copy(public_blob->end() - 32, public_blob->end(), key.begin());
    CHECK(verify_sshsig(*blob, bytes_of(text), key));
    CHECK_FALSE(verify_sshsig(*blob, bytes_of(text + "\n"), key));
    CHECK(armored_sshsig(*blob) == test::read_text(folder / "r.json.sig"));

    REQUIRE(run(in_folder + "rm r.json.sig && ssh-keygen -Y sign -f key -n file r.json"));
    const auto foreign =
        base64_decode(between(test::read_text(folder / "r.json.sig"),
                              "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"));
    CHECK_FALSE(verify_sshsig(*foreign, bytes_of(text), key));
  }

  SUBCASE("checked by ssh-keygen") {
    const test::ReceiptMaker maker;
    folder.write("r.sig", armored_sshsig(maker.sign(text)));
    folder.write("allowed_signers", allowed_signers_line(maker.key()));
    const std::string verify =
        "ssh-keygen -Y verify -f allowed_signers -I sesame-receipt -n sesame-receipt -s r.sig";
    CHECK(run(in_folder + verify + " < r.json"));
    CHECK_FALSE(run(in_folder + "echo >> r.json && " + verify + " < r.json"));
  }
}

}  // namespace sesame::crypto
