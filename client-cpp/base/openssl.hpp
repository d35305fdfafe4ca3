#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace sesame {

/// Deletes with the function that OpenSSL has for the type.
template <auto free_function>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

/// Owns an object of OpenSSL.
template <typename T, auto free_function>
using OpensslHandle = std::unique_ptr<T, OpensslDeleter<free_function>>;

/// For calls that fail only when memory is out or the library is broken: nothing can go on.
inline void require(bool succeeded, const char* call) {
  if (!succeeded) throw std::runtime_error(std::string("OpenSSL failed in ") + call);
}

}  // namespace sesame
