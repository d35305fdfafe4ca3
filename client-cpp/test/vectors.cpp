#include "vectors.hpp"

#include <fstream>

namespace sesame::test {

Json vectors(const std::string& file) {
  const std::string path = std::string(SESAME_VECTORS_DIR) + "/" + file;
  std::ifstream stream(path);
  if (!stream) throw std::runtime_error("no vectors at " + path);
  return Json::parse(stream).at("vectors");
}

}  // namespace sesame::test
