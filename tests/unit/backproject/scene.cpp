#include "tests/unit/backproject/scene.h"

namespace slicecast::recon::scene {

const Backend& cpu() {
  return **find_backend("cpu");
}
const Backend& reference() {
  return **find_backend("reference");
}

}  // namespace slicecast::recon::scene
