#include "cuda/device/device.h"

#include "cuda/device/device_errors.h"

namespace slicecast::cuda {

Result<void> check_launch(const DeviceFacts& facts, const LaunchShape& shape,
                          const KernelCode& code) {
  const auto refused = [](const std::string& what) {
    return Error{Errc::invalid_argument,
                 "a launch asks for " + what + "; correct the kernel configuration"};
  };
  const unsigned most = static_cast<unsigned>(
      code.most_threads < facts.threads_per_block ? code.most_threads : facts.threads_per_block);
  if (shape.threads == 0 || shape.threads > most)
    return refused(std::to_string(shape.threads) + " threads per block of 1 to " +
                   std::to_string(most));
  if (shape.blocks_x == 0 || shape.blocks_y == 0 || shape.blocks_z == 0)
    return refused("no blocks");
  if (shape.blocks_x > 0x7fffffffU || shape.blocks_y > 65535 || shape.blocks_z > 65535)
    return refused("more blocks than a grid holds");
  if (shape.shared_bytes > facts.shared_bytes_per_block)
    return refused(std::to_string(shape.shared_bytes) + " bytes of shared memory of " +
                   std::to_string(facts.shared_bytes_per_block));
  return {};
}

Result<void> check_card(const DeviceFacts& facts) {
  const int compute = 10 * facts.compute_major + facts.compute_minor;
  if (compute < kLeastCompute) return old_card(facts.name, compute);
  return {};
}

Result<void> check_texture(const DeviceFacts& facts, int rows, int columns) {
  if (rows >= 1 && columns >= 1 && columns <= facts.texture_width && rows <= facts.texture_height)
    return {};
  return Error{Errc::invalid_argument,
               "an image of " + std::to_string(columns) + "x" + std::to_string(rows) +
                   " pixels is no texture of this card (at most " +
                   std::to_string(facts.texture_width) + "x" +
                   std::to_string(facts.texture_height) +
                   "); set cuda.sampling = \"rows\" in the kernel configuration"};
}

}  // namespace slicecast::cuda
