#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "viewer/model/link_budget.h"

using namespace slicecast;
using viewer::LinkBudget;
using viewer::LinkChoice;

namespace {

constexpr double kMegabyte = 1e6;

// A feed over a link: one message in flight, keys in turn, no more often than asked for.
class Feed {
 public:
  Feed(double bytes_per_s, double round_trip_s, double made_hz,
       std::vector<LinkBudget::ImageSize> images)
      : bytes_per_s_(bytes_per_s),
        round_trip_s_(round_trip_s),
        made_hz_(made_hz),
        images_(std::move(images)),
        keys_(images_.size()) {
    budget.set_local(false);
    budget.set_round_trip(std::llround(1e9 * round_trip_s));
    budget.set_images(images_);
  }

  void run(double seconds) {
    const double end = now_s_ + seconds;
    while (now_s_ < end) {
      const auto next =
          std::ranges::min_element(keys_, {}, [&](const Key& key) { return ready(key); });
      now_s_ = std::max(now_s_, ready(*next));
      deliver(static_cast<std::size_t>(next - keys_.begin()));
    }
  }
  void carries(double bytes_per_s) { bytes_per_s_ = bytes_per_s; }
  void shows(std::vector<LinkBudget::ImageSize> images) {
    images_ = images;
    keys_.assign(images.size(), Key{});
    budget.set_images(std::move(images));
  }
  // Each slice has an overlay of so many bytes per pixel, 0: none, beside it on the same link.
  void labelled(double bytes_per_pixel) {
    overlay_ = bytes_per_pixel;
    if (overlay_ == 0) budget.forget_overlays("plugin/");
  }
  // Somebody is busy for so long before two of three messages.
  void stalls_s(double seconds) { stall_s_ = seconds; }
  int changes() const { return changes_; }
  const std::vector<std::uint32_t>& sides() const { return sides_; }  // after each change
  double load() const {  // of the link, by what is asked for
    double bytes = 0;
    for (const auto& image : images_)
      bytes += static_cast<double>(bytes_of(image)) + overlay_ * pixels_of(image);
    const double cap = budget.choice().max_rate_hz;
    return bytes * (cap > 0 ? std::min(cap, made_hz_) : made_hz_) / bytes_per_s_;
  }

  LinkBudget budget;

 private:
  struct Key {
    double version = 0, allowed_s = 0, last_s = 0;
  };
  double ready(const Key& key) const {  // when a newer version is there and may be sent
    return std::max({(key.version + 1) / made_hz_, key.allowed_s, 1e-9 * key.last_s});
  }
  double pixels_of(LinkBudget::ImageSize size) const {
    const auto& choice = budget.choice();
    while (choice.max_side > 0 && std::max(size.rows, size.columns) > choice.max_side)
      size = {(size.rows + 1) / 2, (size.columns + 1) / 2};
    return static_cast<double>(size.rows) * size.columns;
  }
  std::size_t bytes_of(LinkBudget::ImageSize size) const {
    const auto& choice = budget.choice();
    const std::size_t per_pixel = choice.encoding == v1::NATIVE         ? 4
                                  : choice.encoding == v1::QUANTISED_16 ? 2
                                                                        : 1;
    return per_pixel * static_cast<std::size_t>(pixels_of(size));
  }
  void deliver(std::size_t index) {
    Key& key = keys_[index];
    const double newest = std::floor(now_s_ * made_hz_ + 1e-9);
    LinkBudget::Arrival arrival;
    arrival.key = "slice/" + std::to_string(index);
    arrival.bytes = bytes_of(images_[index]);
    arrival.superseded = static_cast<std::uint64_t>(std::max(0.0, newest - key.version - 1));
    const double cap = budget.choice().max_rate_hz;
    key.version = newest;
    key.allowed_s = cap > 0 ? now_s_ + 1 / cap : 0;
    key.last_s = now_s_;
    LinkBudget::Arrival overlay;
    overlay.key = "plugin/labels/" + std::to_string(index);
    overlay.bytes = static_cast<std::size_t>(overlay_ * pixels_of(images_[index]));
    overlay.superseded = arrival.superseded;
    overlay.slice = images_[index];
    overlay.bytes_per_pixel = overlay_;
    const double transfer_s =
        static_cast<double>(arrival.bytes + overlay.bytes) / bytes_per_s_ + round_trip_s_;
    if (overlay_ > 0)
      CHECK_FALSE(budget.arrived(overlay, std::llround(1e9 * (now_s_ + transfer_s))));
    now_s_ += transfer_s + (++messages_ % 3 != 0 ? stall_s_ : 0);
    arrival.way_s = transfer_s;
    const LinkChoice asked = budget.choice();
    if (!budget.arrived(arrival, std::llround(1e9 * now_s_))) return;
    ++changes_;
    sides_.push_back(budget.choice().max_side);
    // What is asked for in another size or encoding is sent again.
    if (budget.choice().max_side == asked.max_side && budget.choice().encoding == asked.encoding)
      return;
    for (Key& one : keys_) {
      one.version = std::min(one.version, std::floor(now_s_ * made_hz_) - 1);
      one.allowed_s = one.last_s = 0;
    }
  }

  double bytes_per_s_, round_trip_s_, made_hz_, stall_s_ = 0, overlay_ = 0;
  int messages_ = 0;
  std::vector<LinkBudget::ImageSize> images_;
  std::vector<Key> keys_;
  double now_s_ = 0;
  int changes_ = 0;
  std::vector<std::uint32_t> sides_;
};

const LinkBudget::ImageSize kSmall{512, 512}, kMedium{1024, 1024}, kLarge{2048, 2048};

}  // namespace

TEST_CASE("a link within the machine is never thinned, however slow it looks") {
  Feed feed(1 * kMegabyte, 0.001, 10, {kLarge});
  feed.budget.set_local(true);
  feed.run(60);
  CHECK(feed.budget.choice() == LinkChoice());
  CHECK(feed.budget.text().empty());
}

TEST_CASE("nothing is decided from nothing") {
  LinkBudget budget;
  budget.set_local(false);
  CHECK_FALSE(budget.arrived({"slice/a", 1000, 0, 0}, 1));
  CHECK_FALSE(budget.arrived({"slice/a", 1000, 100, 0}, 10'000'000'000));
  CHECK_FALSE(budget.advance(20'000'000'000));
  CHECK_FALSE(budget.limited());
  CHECK(budget.text().empty());
}

TEST_CASE("a link that is not known begins with small images and grows to whole ones in a second") {
  Feed feed(1000 * kMegabyte, 0.002, 10, {kLarge});
  CHECK(feed.budget.choice().max_side == 128);
  CHECK(feed.budget.choice().encoding == v1::QUANTISED_8);
  CHECK_FALSE(feed.budget.limited());
  feed.run(1);
  CHECK(feed.sides() == std::vector<std::uint32_t>{256, 512, 1024, 0, 0, 0, 0});
  CHECK(feed.budget.choice() == LinkChoice());
}

TEST_CASE(
    "over a link of tens of kB/s nothing larger than it carries in a second is ever asked for") {
  for (const double megabytes_per_s : {0.05, 0.1, 0.5}) {
    INFO(megabytes_per_s << " MB/s");
    Feed feed(megabytes_per_s * kMegabyte, 0.02, 10, {kLarge});
    feed.run(12);
    for (const std::uint32_t side : feed.sides()) {
      CHECK(side > 0);
      CHECK(side * side <= std::max(256.0 * 256, megabytes_per_s * kMegabyte));
    }
    CHECK(feed.budget.limited());
    CHECK(feed.load() < 0.95);
    const std::uint32_t preview = feed.budget.choice().preview_max_side;
    CHECK(preview * preview * preview <= std::max(32.0 * 32 * 32, 2.5e6 * megabytes_per_s));
  }
}

TEST_CASE(
    "the start ends also where nothing new is made, and waits for the round trip to be known") {
  LinkBudget budget;
  budget.set_local(false);
  budget.set_images({kLarge});
  CHECK(budget.arrived({"slice/a", 128 * 128, 0, 0}, 1'000'000'000));
  CHECK_FALSE(budget.arrived({"slice/a", 256 * 256, 0, 0}, 1'300'000'000));
  CHECK_FALSE(budget.advance(9'000'000'000));  // 0.3 s for 64 kB: thin, or far away?
  budget.set_round_trip(290'000'000);
  CHECK(budget.advance(9'500'000'000));
  CHECK(budget.choice().max_side == 512);
  CHECK_FALSE(budget.limited());
  CHECK_FALSE(budget.advance(9'600'000'000));
}

TEST_CASE("what fits is left as it is") {
  Feed feed(12 * kMegabyte, 0.005, 10, {kSmall});
  feed.run(2);
  CHECK(feed.budget.choice() == LinkChoice());
  const int at_the_start = feed.changes();
  feed.run(28);
  CHECK(feed.budget.choice() == LinkChoice());
  CHECK(feed.changes() == at_the_start);
}

TEST_CASE("the best quality is chosen that lets five updates a second through") {
  struct Case {
    double megabytes_per_s;
    std::vector<LinkBudget::ImageSize> images;
    v1::Encoding encoding;
    std::uint32_t max_side;
  };
  const std::vector<Case> cases = {{12, {kMedium}, v1::QUANTISED_8, 0},
                                   {20, {kMedium}, v1::QUANTISED_16, 0},
                                   {12, {kLarge, kLarge, kLarge}, v1::QUANTISED_8, 512},
                                   {3, {kMedium}, v1::QUANTISED_8, 512},
                                   {1, {kMedium}, v1::QUANTISED_8, 256}};
  for (const auto& it : cases) {
    INFO(it.megabytes_per_s << " MB/s, " << it.images.size() << " images of " << it.images[0].rows);
    Feed feed(it.megabytes_per_s * kMegabyte, 0.005, 10, it.images);
    feed.run(18);
    const LinkChoice& choice = feed.budget.choice();
    CHECK(choice.encoding == it.encoding);
    CHECK(choice.max_side == it.max_side);
    CHECK(choice.max_rate_hz > 0);
    CHECK(feed.load() < 0.95);
    CHECK(feed.budget.limited());
    CHECK(feed.budget.capacity() == Approx(1e6 * it.megabytes_per_s).epsilon(0.15));
  }
}

TEST_CASE("the choice is said in one line") {
  Feed feed(12 * kMegabyte, 0.005, 10, {kLarge, kLarge, kLarge});
  feed.run(9);
  const std::string text = feed.budget.text();
  CHECK(text.starts_with("link limits: 8-bit images of 512 px at "));
  CHECK(text.ends_with(" MB/s"));
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("images that are made slowly keep their depth") {
  Feed feed(12 * kMegabyte, 0.005, 1, {kLarge});  // 16.8 MB each second
  feed.run(15);
  CHECK(feed.budget.choice().encoding == v1::QUANTISED_16);
  CHECK(feed.budget.choice().max_side == 0);
}

TEST_CASE("an image that is long on its way is asked for smaller, though none is skipped") {
  Feed feed(2 * kMegabyte, 0.005, 0.1, {kLarge});
  feed.run(60);
  CHECK(feed.budget.choice().encoding != v1::NATIVE);
  CHECK(feed.budget.limited());
}

TEST_CASE("long round trips thin nothing, for smaller images would come no sooner") {
  Feed feed(50 * kMegabyte, 0.3, 10, {kSmall});
  feed.run(30);
  CHECK(feed.budget.choice() == LinkChoice());
  CHECK(feed.budget.text().starts_with("round trip limits: 300 ms"));
}

TEST_CASE("quality comes back step by step when the link has become wider") {
  Feed feed(3 * kMegabyte, 0.005, 10, {kMedium});
  feed.run(9);
  REQUIRE(feed.budget.choice().max_side == 512);
  feed.carries(500 * kMegabyte);
  feed.run(240);
  CHECK(feed.budget.choice() == LinkChoice());
  CHECK(feed.budget.text().empty());
}

TEST_CASE("trials at a link that stays thin become rare") {
  Feed feed(12 * kMegabyte, 0.005, 10, {kMedium});
  feed.run(60);
  const int first = feed.changes();
  feed.run(600);
  // Each trial is two changes; after ten minutes they are over two minutes apart.
  CHECK(feed.changes() - first <= 16);
  CHECK(feed.load() < 1);
}

TEST_CASE("more images make each smaller at once, fewer make them larger again") {
  Feed feed(12 * kMegabyte, 0.005, 10, {kMedium});
  feed.run(9);
  REQUIRE(feed.budget.choice().max_side == 0);
  feed.shows({kMedium, kMedium, kMedium, kMedium});
  feed.run(4);
  CHECK(feed.budget.choice().max_side == 512);
  CHECK(feed.load() < 1);
  feed.shows({kMedium});
  feed.run(12);
  CHECK(feed.budget.choice().max_side == 0);
}

TEST_CASE("a link that becomes thinner is followed down within seconds") {
  Feed feed(12 * kMegabyte, 0.005, 10, {kMedium});
  feed.run(9);
  feed.carries(1.8 * kMegabyte);
  feed.run(12);
  CHECK(feed.budget.choice().max_side == 512);
  CHECK(feed.budget.choice().max_rate_hz < 6);
  CHECK(feed.load() < 1);
}

TEST_CASE("a busy machine is not taken for a thin link") {
  Feed feed(12 * kMegabyte, 0.005, 30, {kSmall, kSmall, kSmall});
  feed.stalls_s(0.06);
  feed.run(9);
  const LinkChoice first = feed.budget.choice();
  feed.run(120);
  CHECK(feed.budget.choice().max_side == 0);
  CHECK(feed.budget.capacity() > 8 * kMegabyte);
  CHECK(first.max_side == 0);

  Feed free(1000 * kMegabyte, 0.001, 30, {kSmall});
  free.stalls_s(0.1);
  free.run(60);
  CHECK(free.budget.choice() == LinkChoice());
}

TEST_CASE("the preview takes at most a fifth") {
  LinkBudget budget;
  budget.set_local(false);
  budget.set_images({kSmall});
  constexpr std::size_t kVoxels = 128 * 128 * 128;
  std::int64_t now_ns = 1;
  for (int i = 0; i < 24; ++i) {  // at 12 MB/s
    now_ns += 700'000'000;
    budget.arrived({"preview", 4 * kVoxels, 5, 0}, now_ns);
    now_ns += 90'000'000;
    budget.arrived({"slice/a", 4 * 512 * 512, 7, 0}, now_ns);
    if (budget.limited()) break;
  }
  const LinkChoice choice = budget.choice();
  REQUIRE(choice.preview_rate_hz > 0);
  const double per_voxel = choice.encoding == v1::NATIVE         ? 4
                           : choice.encoding == v1::QUANTISED_16 ? 2
                                                                 : 1;
  CHECK(choice.preview_rate_hz * per_voxel * kVoxels <= 0.2 * budget.capacity());
  CHECK(choice.max_rate_hz * per_voxel * 512 * 512 <= 0.8 * budget.capacity());
}

TEST_CASE("an overlay that is switched on makes the images of a thin link smaller") {
  Feed feed(8 * kMegabyte, 0.002, 10, {kMedium});
  feed.run(30);
  REQUIRE(feed.budget.choice().encoding == v1::QUANTISED_8);
  REQUIRE(feed.budget.choice().max_side == 0);
  REQUIRE(feed.load() < 0.95);
  feed.labelled(1);
  feed.run(30);
  CHECK(feed.budget.choice().max_side == 512);
  CHECK(feed.load() < 0.95);
}

TEST_CASE("an overlay alone makes a link thin, and its end makes the images whole again") {
  Feed feed(16 * kMegabyte, 0.002, 4, {kSmall, kSmall});
  feed.run(30);
  REQUIRE_FALSE(feed.budget.limited());
  feed.labelled(6);
  feed.run(30);
  CHECK(feed.budget.limited());
  CHECK(feed.load() < 0.95);
  feed.labelled(0);
  feed.run(400);
  CHECK_FALSE(feed.budget.limited());
}

TEST_CASE("a link that carries slices and overlays whole is left alone") {
  Feed feed(400 * kMegabyte, 0.002, 10, {kMedium, kMedium});
  feed.labelled(2);
  feed.run(60);
  CHECK(feed.budget.choice() == LinkChoice());
}
