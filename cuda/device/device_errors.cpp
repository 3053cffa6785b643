#include "cuda/device/device_errors.h"

namespace slicecast::cuda {
namespace {

std::string mebibytes(std::size_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

}  // namespace

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

Error no_driver() {
  return {Errc::unavailable,
          "no NVIDIA driver on this machine; install driver 580 or newer, or choose backend cpu"};
}

Error old_driver(int driver_version) {
  return {Errc::unavailable, "the NVIDIA driver supports CUDA " + version_text(driver_version) +
                                 " and this program needs " + version_text(kNeededDriver) +
                                 "; install driver 580 or newer, or choose backend cpu"};
}

Error no_card() {
  return {Errc::unavailable,
          "there is a driver but no card that this process may use; check nvidia-smi and "
          "CUDA_VISIBLE_DEVICES, or choose backend cpu"};
}

Error old_card(std::string_view card, int compute) {
  const auto text = [](int tenfold) {
    return std::to_string(tenfold / 10) + "." + std::to_string(tenfold % 10);
  };
  return {Errc::unavailable, "the " + std::string(card) + " has compute capability " +
                                 text(compute) + " and this program needs " + text(kLeastCompute) +
                                 "; choose another card with `device`, or choose backend cpu"};
}

Error cannot_start(std::string_view card, std::string_view why) {
  return {Errc::unavailable, "card " + std::string(card) + " does not start: " + std::string(why) +
                                 "; check nvidia-smi, or choose backend cpu"};
}

Error no_such_card(std::string_view wanted, int cards) {
  return {Errc::not_found, "there is no card '" + std::string(wanted) + "' among " +
                               std::to_string(cards) +
                               "; give an index from 0 or a UUID that nvidia-smi -L lists"};
}

Error out_of_memory(std::string_view what, std::size_t asked, std::size_t free, std::size_t total) {
  return {Errc::resource_exhausted, "no " + mebibytes(asked) + " of " + std::string(what) +
                                        " memory (" + mebibytes(free) + " of " + mebibytes(total) +
                                        " free); lower the store's memory budget or free the card"};
}

Error card_lost(std::string_view card, std::string_view during, std::string_view why) {
  return {Errc::unavailable, "card " + std::string(card) + " failed in " + std::string(during) +
                                 ": " + std::string(why) + "; restart the program to use it again"};
}

}  // namespace slicecast::cuda
