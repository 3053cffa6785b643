#include "common/nn/graph/executor.h"

#include <utility>

#include "common/nn/graph/cudnn/executor.h"
#include "common/nn/graph/onednn/executor.h"
#include "common/nn/graph/reference/executor.h"

namespace slicecast::nn {
namespace {

// The card, and the processor for what it refuses, e.g. by lack of memory.
class CardFirst final : public NetworkBackend {
 public:
  explicit CardFirst(const NetworkBackend& card) : card_(card) {}
  std::string_view name() const override { return card_.name(); }
  std::string description() const override { return card_.description(); }
  Result<std::unique_ptr<Executor>> compile(Plan plan, int threads) const override {
    if (auto made = card_.compile(plan, threads)) return made;
    return onednn::backend().compile(std::move(plan), threads);
  }

 private:
  const NetworkBackend& card_;
};

}  // namespace

std::vector<std::string> network_backend_names() {
  return {"onednn", "cudnn", "reference"};
}

Result<const NetworkBackend*> find_network_backend(std::string_view name) {
  if (name == "onednn") return &onednn::backend();
  if (name == "cudnn") return cudnn::backend();
  if (name == "reference") return &reference::backend();
  if (name != "auto")
    return Error{Errc::invalid_argument,
                 "no executor '" + std::string(name) + "'; use auto, onednn, cudnn or reference"};
  static const auto card = cudnn::backend();
  if (!card) return &onednn::backend();
  static const CardFirst best(**card);
  return &best;
}

std::string why_no_card() {
  const auto card = cudnn::backend();
  return card ? std::string() : card.error().message;
}

}  // namespace slicecast::nn
