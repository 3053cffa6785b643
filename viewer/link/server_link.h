// Everything between this viewer and the servers: finds them through the hub, reads their feeds,
// sends poses and parameters, and hands what comes to the mailbox. Owns its named threads
// (view-hub, view-status, view-feed, view-thumb, view-label, view-control, view-ask,
// view-measure); none of its functions waits for the network.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "viewer/link/feed_reader.h"
#include "viewer/link/mailbox.h"
#include "viewer/link/measurer.h"
#include "viewer/link/requester.h"
#include "viewer/link/service_watch.h"
#include "viewer/model/absence.h"
#include "viewer/model/link_budget.h"
#include "viewer/model/slice_set.h"

namespace slicecast::viewer {

// How images shall come; what a thin link cannot carry is asked for smaller still (LinkBudget).
struct ImageWish {
  double max_rate_hz = 0;  // 0: as fast as taken
  v1::Encoding encoding = v1::NATIVE;
  std::uint32_t max_side = 0;  // 0: as they are
  bool preview = true;
  bool thumbnail = false;
  std::set<std::string> overlays_off;  // services whose overlays nobody looks at
  friend bool operator==(const ImageWish&, const ImageWish&) = default;
};

class ServerLink {
 public:
  struct Options {
    std::string hub;
    wire::SecurityOptions security;
    bool observe = false;
    std::string client;  // name of this viewer at the servers
  };
  // `mailbox` must outlive the link. Nothing comes to it before open().
  static Result<std::unique_ptr<ServerLink>> create(const Options& options, Mailbox& mailbox);
  ~ServerLink();
  ServerLink(const ServerLink&) = delete;
  ServerLink& operator=(const ServerLink&) = delete;

  void send(const SliceRequest& request);  // answered by a SliceAnswer
  // Any request to a service by its name; answered by a ServiceAnswer.
  void ask(const std::string& service, std::uint64_t ticket, v1::Request request);
  void wish(const ImageWish& wish);
  // Asks the hub and all services now, and connects anew to every feed that is silent.
  void retry();
  void open() { outlet_.open(); }
  // From here on nothing of this link comes to the mailbox.
  void close() { outlet_.close(); }
  const std::string& hub() const { return hub_; }
  // For links that go on when this one ends.
  const std::shared_ptr<wire::Context>& context() const { return context_; }

 private:
  ServerLink(const Options& options, Mailbox& mailbox, std::unique_ptr<wire::Context> context);
  void follow(const std::vector<v1::Service>& services);
  void follow_plugins(const std::vector<v1::Service>& services);
  struct Plugin {
    std::uint64_t instance = 0;
    std::vector<std::string> keys;
    std::unique_ptr<FeedReader> reader;
  };
  std::vector<Plugin> plugins_that_left();  // the mutex is held
  void take_slice_feed(const wire::FeedMessage& message);
  void ask_for_preview();
  void refuse(const Error& why);  // an image that is not what its header says
  std::vector<v1::Subscription> image_subscriptions() const;  // both under mutex_
  std::vector<v1::Subscription> overlay_subscriptions(const std::string& service,
                                                      const std::vector<std::string>& keys) const;
  void weigh(const wire::FeedMessage& message);  // for the budget of a thin link
  void weigh_overlay(const wire::FeedMessage& message, const std::string& service);
  void ask_for_images();  // as the budget now says; the mutex is held
  void describe(Report& report);

  Outlet outlet_;
  const std::string hub_;
  const bool observe_;
  const std::string client_;
  const bool through_proxy_;
  const std::shared_ptr<wire::Context> context_;
  const std::shared_ptr<BufferPool> pool_;
  std::mutex mutex_;  // all up to measurer_
  ImageWish wish_;
  LinkBudget budget_;
  // From another machine a slice comes first: over a thin link the preview takes many seconds.
  bool preview_due_ = true;
  std::uint64_t refused_ = 0;                           // images
  std::string refused_why_;                             // the last one
  std::map<std::string, LinkBudget::ImageSize> whole_;  // of slices, by id
  std::int64_t clock_offset_ns_ = 0;                    // of whoever stamps the acquisition
  std::map<std::string, std::int64_t> acquired_ns_;     // newest seen, by key
  std::uint64_t slice_instance_ = 0, projection_instance_ = 0;
  std::map<std::string, Plugin> plugins_;  // at most 32
  Absence absence_;                        // of those
  std::map<std::string, v1::Service> listed_;
  std::map<std::string, std::unique_ptr<Requester>> askers_;  // by service
  Measurer measurer_;
  Requester control_;
  FeedReader images_;
  FeedReader thumbnails_;
  std::unique_ptr<ServiceWatch> watch_;  // last: its threads use all of the above
};

}  // namespace slicecast::viewer
