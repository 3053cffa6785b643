// What a thin link can carry: chooses encoding, size and rate of the images that the viewer asks
// for. Fed with what arrives and when; nothing here looks at a clock or a socket. One thread, or
// behind the caller's mutex.
//
// What the link carries is what the quickest message of three windows came with: a message leaves
// when the one before was taken, so that none comes quicker than the link. The link is the limit
// when fewer than four fifths of the versions arrive that were asked for (as many as are made, or
// as the rate allows) and these would be more than it carries, not when somebody is busy; or when
// an image is over a second on its way. The best quality is chosen with which up to five updates
// per second fit into four fifths of it, and the rate that just fits. Down at once; up after five
// quiet seconds when the measured figure says that it fits, else by a trial, first after twenty
// seconds, then after twice as long each time that quality fails. A feed has one message in flight:
// when the round trip rather than the bytes takes the time, smaller images would not help and none
// are asked for.
//
// Overlays take the same link by feeds of their own. They are asked for in the size and at the rate
// of the slices; what they need counts with what the slices need.
//
// A link that is not known begins with small 8-bit images. What is asked for in another size is
// sent again at once, so that each of them times the link, and the next quality is asked for if
// that would take less than half a second and five updates per second of it fit; whole images, and
// nothing limited, at the end of a wide link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "slicecast/v1/feed.pb.h"

namespace slicecast::viewer {

// As the fields of v1::Subscription.
struct LinkChoice {
  v1::Encoding encoding = v1::NATIVE;
  std::uint32_t max_side = 0;          // 0: never reduced
  double max_rate_hz = 0;              // of each slice; 0: as fast as taken
  double preview_rate_hz = 0;          // 0: as fast as taken
  std::uint32_t preview_max_side = 0;  // 0: never reduced
  friend bool operator==(const LinkChoice&, const LinkChoice&) = default;
};

class LinkBudget {
 public:
  struct ImageSize {
    std::uint32_t rows = 0, columns = 0;
    friend bool operator==(const ImageSize&, const ImageSize&) = default;
  };
  struct Arrival {
    std::string key;  // of the feed; "preview" is told apart
    std::size_t bytes = 0;
    std::uint64_t superseded = 0;  // versions of the key skipped since the last one
    // From acquisition to arrival less the reconstruction; 0: not known, or its data are not new.
    double way_s = 0;
    // Of an overlay: the slice that it lies on, as if not reduced, and what a pixel takes.
    ImageSize slice = {};
    double bytes_per_pixel = 0;  // 0: no overlay
  };

  // A link within one machine is never thinned. Forgets what was measured when it changes.
  void set_local(bool local);
  void set_round_trip(std::int64_t nanoseconds);  // shortest seen lately; 0: not known
  void set_images(std::vector<ImageSize> whole);  // all that refresh, as if nothing were reduced
  // Those of keys that begin so are not asked for any more.
  void forget_overlays(const std::string& prefix);
  // A message was taken. True: choice() is another one now.
  bool arrived(const Arrival& arrival, std::int64_t now_ns);
  // About once a second, when nothing may arrive. True: choice() is another one now.
  bool advance(std::int64_t now_ns);

  const LinkChoice& choice() const { return choice_; }
  // The first images are timing the link. Without a slice there is nothing to time it with.
  bool starting() const { return starting_ && !images_.empty(); }
  bool limited() const { return !starting_ && (choice_ != LinkChoice() || round_trip_limits_); }
  // "link limits: 8-bit images of 512 px at 5/s; 11.2 MB/s"; empty while nothing is limited.
  std::string text() const;
  double bytes_per_s() const { return measured_; }  // over the last second or two
  // What the link was last found to carry, bytes/s; 0: never at its limit.
  double capacity() const { return capacity_; }

 private:
  struct Key {
    std::uint64_t received = 0, made = 0, bytes = 0;  // in the window
  };
  struct Overlay {
    ImageSize slice;
    double bytes_per_pixel = 0;
    std::int64_t seen_ns = 0;
  };
  struct Made {  // of the key with most versions, in one window
    std::int64_t at_ns = 0;
    double versions = 0, seconds = 0;
  };
  struct Level {
    v1::Encoding encoding = v1::NATIVE;
    int halvings = 0;
  };
  static const std::vector<Level>& levels();
  static constexpr double kLoad = 0.8;  // of what the link carries; poses and status need the rest
  static constexpr double kFluid_hz = 5;
  static constexpr double kTransfer = 0.3;  // of the time per message, else the round trip limits

  // Of a link that is not known yet; see link_start.cpp.
  void begin();
  bool time_start(const Arrival& arrival, double since_s, std::int64_t now_ns);
  bool step_start(std::int64_t now_ns, bool enough);
  void ask_start(std::size_t level, std::int64_t now_ns);

  std::int64_t trial_wait_ns() const;
  void count(const Arrival& arrival);
  void weigh_overlay(const Arrival& arrival, std::int64_t now_ns);
  void start_window(std::int64_t now_ns);
  bool judge(std::int64_t now_ns, double seconds);
  void limit(std::int64_t now_ns, double carried);
  void relax(std::int64_t now_ns);
  void enter(std::size_t level, std::int64_t now_ns);
  std::uint32_t largest_side() const;
  std::uint32_t side_of(std::size_t level) const;  // 0: not reduced
  double bytes_of(std::size_t level) const;        // one update of every image
  double slice_share() const;                      // of the capacity, beside the preview
  std::size_t best_level(double load) const;       // lowest number that keeps below `load`
  double rate_of(std::size_t level) const;         // that fits into the capacity
  std::uint32_t preview_side() const;              // that comes within some seconds

  bool local_ = true;
  double round_trip_s_ = 0;
  std::vector<ImageSize> images_;
  std::map<std::string, Overlay> overlays_;  // by key
  std::size_t preview_bytes_ = 0;            // at the present encoding

  // The start: of the images asked for at present.
  bool starting_ = false, started_ = false, settled_ = false;
  int timed_ = 0;
  double shortest_s_ = 0, timed_bytes_ = 0;  // of the one that came quickest

  // The window being measured.
  std::int64_t window_ns_ = 0, last_ns_ = 0;
  std::map<std::string, Key> keys_;
  std::size_t bytes_ = 0;
  std::uint64_t messages_ = 0;
  double quickest_ = 0;                      // bytes/s of one message
  double longest_way_s_ = 0, way_rate_ = 0;  // the latter as quickest_, by the way

  std::deque<Made> made_;       // of the last seconds
  std::deque<double> carried_;  // quickest_ of the last windows
  double wanted_hz_ = 1;
  double measured_ = 0, capacity_ = 0;
  std::size_t level_ = 0;
  bool thinned_ = false, on_trial_ = false, round_trip_limits_ = false;
  std::int64_t changed_ns_ = 0;
  std::map<std::size_t, int> failed_trials_;  // by level
  LinkChoice choice_;
};

}  // namespace slicecast::viewer
