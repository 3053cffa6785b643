#include "services/cli/labelled_slices.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

#include "common/base/buffer.h"

using namespace slicecast;
using slicecast::cli::class_fractions;
using slicecast::cli::LabelledSlices;

namespace {

void stamp(v1::Stamp& stamp, std::uint64_t pose, std::uint64_t version) {
  stamp.set_scan_id("scan");
  stamp.set_slice_id("a");
  stamp.set_pose_revision(pose);
  stamp.set_version(version);
}

wire::FeedMessage slice(std::uint64_t pose, std::uint64_t version) {
  wire::FeedMessage message;
  message.header.set_key("slice/a");
  stamp(*message.header.mutable_slice()->mutable_stamp(), pose, version);
  return message;
}

wire::FeedMessage labels(std::uint64_t pose, std::uint64_t version,
                         const std::vector<std::uint8_t>& pixels = {1, 1, 2, 0}) {
  wire::FeedMessage message;
  message.header.set_key("labels/segment/a");
  v1::LabelImage& image = *message.header.mutable_labels();
  stamp(*image.mutable_input(), pose, version);
  image.set_unlabelled(0);
  for (const auto& [index, name] : {std::pair(0u, "none"), {1u, "gel"}, {2u, "bubble"}}) {
    auto& of = *image.add_classes();
    of.set_index(index);
    of.set_name(name);
  }
  message.header.mutable_pixels()->set_type(v1::UINT8);
  const auto buffer = Buffer::allocate(pixels.size());
  std::memcpy(buffer->data(), pixels.data(), pixels.size());
  message.pixels = buffer;
  return message;
}

}  // namespace

TEST_CASE("labels of another pose or version never meet a slice") {
  LabelledSlices labelled;
  labelled.add_slice(slice(1, 1), 0);
  labelled.add_labels(labels(2, 1), 5'000'000);
  labelled.add_labels(labels(1, 2), 5'000'000);
  CHECK(labelled.newest().empty());
  CHECK(labelled.take_latencies_ms().empty());
  CHECK(labelled.labels_received() == 2);
}

TEST_CASE("labels are paired with their slice although newer ones came meanwhile, or before it") {
  LabelledSlices labelled;
  labelled.add_slice(slice(1, 1), 1'000'000);
  labelled.add_slice(slice(1, 2), 2'000'000);
  labelled.add_labels(labels(1, 1), 4'500'000);
  CHECK(labelled.newest().at("a").slice.header.slice().stamp().version() == 1);
  CHECK(labelled.take_latencies_ms() == std::vector{3.5});
  labelled.add_labels(labels(1, 3), 5'000'000);
  labelled.add_slice(slice(1, 3), 6'000'000);
  CHECK(labelled.newest().at("a").labels.header.labels().input().version() == 3);
  CHECK(labelled.take_latencies_ms() == std::vector{0.0});
}

TEST_CASE("labels that are taken back are shown no more") {
  LabelledSlices labelled;
  labelled.add_slice(slice(1, 1), 0);
  labelled.add_labels(labels(1, 1), 0);
  REQUIRE(labelled.newest().size() == 1);
  wire::FeedMessage gone;
  gone.header.set_key("labels/segment/a");
  gone.header.set_removed(true);
  labelled.add_labels(gone, 0);
  CHECK(labelled.newest().empty());
}

TEST_CASE("fractions of classes leave out what is not labelled") {
  LabelledSlices labelled;
  CHECK(class_fractions(labelled.newest()).empty());
  labelled.add_slice(slice(1, 1), 0);
  labelled.add_labels(labels(1, 1, {0, 0, 1, 1, 1, 2}), 0);
  const auto fractions = class_fractions(labelled.newest());
  REQUIRE(fractions.size() == 2);
  CHECK(fractions[0] == std::pair(std::string("gel"), 0.75));
  CHECK(fractions[1] == std::pair(std::string("bubble"), 0.25));
}
