// SPDX-License-Identifier: Apache-2.0
// Each test elaborates, so each runs in a process of its own (ctest does that).
#include "model/base/event_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace pspnic::base {
namespace {

sc_core::sc_time picoseconds(Time time) {
  return sc_core::sc_time::from_value(time);
}
Time kernel_now() {
  return sc_core::sc_time_stamp().value();
}

using Entry = std::pair<Time, uint64_t>;

// Writes down what fires and when, and then does what the test wants done there.
struct Recorder {
  explicit Recorder(EventQueue& events) : queue(events) {}

  void on_event(uint64_t argument) {
    log.emplace_back(queue.now(), argument);
    EXPECT_EQ(queue.offset(), picoseconds(queue.now() - kernel_now()));
    EXPECT_GE(queue.now(), kernel_now());
    if (action) action(argument);
  }
  void at(Time when, uint64_t argument) {
    queue.schedule(when, Callback::to<&Recorder::on_event>(*this), argument);
  }

  EventQueue& queue;
  std::vector<Entry> log;
  std::function<void(uint64_t)> action;
};

// A script in an SC_THREAD.
struct Script : sc_core::sc_module {
  Script(const sc_core::sc_module_name& name, std::function<void()> body)
      : sc_module(name), body_(std::move(body)) {
    SC_HAS_PROCESS(Script);
    SC_THREAD(run);
  }
  void run() { body_(); }

 private:
  std::function<void()> body_;
};

TEST(EventQueue, EqualTimesFireInOrderOfScheduling) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  std::vector<Entry> expected;
  for (uint64_t n = 0; n < 500; ++n) recorder.at(700, n);
  for (uint64_t n = 0; n < 500; ++n) recorder.at(300, 1000 + n);
  for (uint64_t n = 0; n < 500; ++n) expected.emplace_back(300, 1000 + n);
  for (uint64_t n = 0; n < 500; ++n) expected.emplace_back(700, n);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, expected);
  EXPECT_EQ(queue.fired(), 1000u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(kernel_now(), 700u) << "the kernel's time catches up with the last event";
}

TEST(EventQueue, RandomTimesFireInOrderOfTimeAndThenOfScheduling) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  std::mt19937_64 engine(3);
  std::vector<Entry> expected;
  for (uint64_t n = 0; n < 20'000; ++n) {
    expected.emplace_back(engine() % 3000, n);
    recorder.at(expected.back().first, n);
  }
  std::sort(expected.begin(), expected.end());
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, expected);
}

TEST(EventQueue, LooksAreNoWork) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  recorder.action = [&](uint64_t argument) {
    if (argument == 2) recorder.at(queue.now() + 5, 3);
  };
  const Callback callback = Callback::to<&Recorder::on_event>(recorder);
  recorder.at(100, 1);
  queue.schedule_look(200, callback, 4);
  sc_core::sc_start(picoseconds(300));
  EXPECT_EQ(queue.last_work(), 100u);
  queue.schedule_look(400, callback, 2);  // finds something to do
  queue.schedule_look(500, callback, 5);
  sc_core::sc_start(picoseconds(300));
  EXPECT_EQ(queue.last_work(), 405u);
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{100, 1}, {200, 4}, {400, 2}, {405, 3}, {500, 5}}));
}

TEST(EventQueue, TheBackgroundKeepsTheSimulationGoing) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  queue.schedule_background(200, Callback::to<&Recorder::on_event>(recorder), 1);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{200, 1}}));
  EXPECT_EQ(queue.last_work(), 0u);
}

TEST(EventQueue, ButNotWhereItShallStopForIt) {
  EventQueue queue("queue");
  queue.stop_for_background(true);
  Recorder recorder(queue);
  const Callback callback = Callback::to<&Recorder::on_event>(recorder);
  recorder.action = [&](uint64_t argument) {
    if (argument == 9) queue.schedule_background(queue.now() + 100, callback, 9);
  };
  queue.schedule_background(100, callback, 9);
  sc_core::sc_start();
  EXPECT_EQ(queue.now(), 0u) << "nothing else is left";
  recorder.at(250, 1);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{100, 9}, {200, 9}, {250, 1}}));
  EXPECT_EQ(kernel_now(), 250u);
  // Overdue when time goes on; a time in the past is now.
  sc_core::sc_start(picoseconds(150));
  recorder.at(420, 2);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{100, 9}, {200, 9}, {250, 1}, {400, 9}, {420, 2}}));
  EXPECT_EQ(queue.last_work(), 420u);
}

TEST(EventQueue, CallbacksMaySchedule) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  recorder.action = [&](uint64_t argument) {
    if (argument != 1) return;
    recorder.at(100, 10);  // now, behind what is due now
    recorder.at(40, 11);   // the past means now, behind that
    recorder.at(150, 12);  // in front of what was scheduled for later
  };
  recorder.at(100, 1);
  recorder.at(100, 2);
  recorder.at(200, 3);
  sc_core::sc_start();
  const std::vector<Entry> expected{{100, 1}, {100, 2}, {100, 10}, {100, 11}, {150, 12}, {200, 3}};
  EXPECT_EQ(recorder.log, expected);
}

// Random chains of events against a plain list that is searched for the first each time.
TEST(EventQueue, EqualsAPlainListOnRandomChains) {
  constexpr uint64_t kStarts = 200, kAll = 20'000;
  const auto delay = [](uint64_t argument) { return (argument * 0x9e3779b97f4a7c15u >> 40) % 50; };
  std::vector<Entry> expected;
  std::vector<std::pair<Time, uint64_t>> list;  // in order of scheduling
  for (uint64_t n = 0; n < kStarts; ++n) list.emplace_back(delay(n), n);
  for (uint64_t next = kStarts; !list.empty();) {
    const auto first = std::min_element(list.begin(), list.end(),
                                        [](const auto& a, const auto& b) { return a.first < b.first; });
    expected.push_back(*first);
    const Time now = first->first;
    list.erase(first);
    if (next < kAll) {
      list.emplace_back(now + delay(next), next);
      ++next;
    }
  }
  EventQueue queue("queue");
  Recorder recorder(queue);
  uint64_t next = kStarts;
  recorder.action = [&](uint64_t) {
    if (next >= kAll) return;
    recorder.at(queue.now() + delay(next), next);
    ++next;
  };
  for (uint64_t n = 0; n < kStarts; ++n) recorder.at(delay(n), n);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, expected);
}

TEST(EventQueue, RunsAheadOfTheKernelOnlyWhileNoProcessIsDue) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  std::vector<Time> in_thread;
  for (Time t = 3; t < 3000; t += 3) recorder.at(t, 0);
  Script script("script", [&] {
    for (int n = 0; n < 300; ++n) {
      sc_core::wait(picoseconds(7));
      in_thread.push_back(kernel_now());
      // Nothing of the future has happened yet, and nothing of the past is missing.
      const Time last = recorder.log.empty() ? 0 : recorder.log.back().first;
      ASSERT_LE(last, kernel_now());
      ASSERT_GE(recorder.log.size(), (kernel_now() - 1) / 3);
      ASSERT_EQ(queue.now(), kernel_now());
      ASSERT_EQ(queue.offset(), sc_core::SC_ZERO_TIME);
    }
  });
  sc_core::sc_start();
  EXPECT_EQ(in_thread.size(), 300u);
  EXPECT_EQ(in_thread.back(), 2100u);
  EXPECT_EQ(recorder.log.size(), 999u);
}

TEST(EventQueue, AThreadMaySchedule) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  recorder.at(500, 1);
  Script script("script", [&] {
    sc_core::wait(picoseconds(100));
    recorder.at(150, 2);  // before the one for which the queue has set its alarm
    recorder.at(100, 3);  // now
    sc_core::wait(picoseconds(300));
    recorder.at(20, 4);  // the past means now
  });
  sc_core::sc_start();
  const std::vector<Entry> expected{{100, 3}, {150, 2}, {400, 4}, {500, 1}};
  EXPECT_EQ(recorder.log, expected);
}

TEST(EventQueue, OffsetCarriesANotificationToTheRightTime) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  sc_core::sc_event interrupt;
  std::vector<Time> woken;
  Time largest_offset = 0;
  Script script("script", [&] {
    while (woken.size() < 3) {
      sc_core::wait(interrupt);
      woken.push_back(kernel_now());
      ASSERT_FALSE(recorder.log.empty());
      EXPECT_LE(recorder.log.back().first, kernel_now());
    }
  });
  recorder.action = [&](uint64_t argument) {
    largest_offset = std::max<Time>(largest_offset, queue.offset().value());
    if (argument == 1) interrupt.notify(queue.offset() + picoseconds(5));
  };
  for (Time t = 10; t <= 1000; t += 10) recorder.at(t, t % 300 == 0 ? 1 : 0);
  sc_core::sc_start();
  EXPECT_EQ(woken, (std::vector<Time>{305, 605, 905}));
  EXPECT_GT(largest_offset, 100u) << "the queue is meant to run ahead here";
}

TEST(EventQueue, PausesAfterTheCallbackAndContinues) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  recorder.action = [&](uint64_t argument) {
    if (argument == 1) queue.pause();
  };
  recorder.at(10, 0);
  recorder.at(50, 1);
  recorder.at(50, 2);
  recorder.at(90, 3);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{10, 0}, {50, 1}}));
  EXPECT_EQ(queue.now(), 50u);
  EXPECT_EQ(queue.offset(), sc_core::SC_ZERO_TIME);
  recorder.at(70, 4);  // between two runs
  recorder.at(5, 5);
  sc_core::sc_start();
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{10, 0}, {50, 1}, {50, 2}, {50, 5}, {70, 4}, {90, 3}}));
}

TEST(EventQueue, PausesAndContinuesManyTimes) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  recorder.action = [&](uint64_t argument) {
    if (argument % 10 == 9) queue.pause();
  };
  for (uint64_t n = 0; n < 1000; ++n) recorder.at(100 * (n + 1), n);
  for (size_t round = 1; round <= 100; ++round) {
    sc_core::sc_start();
    ASSERT_EQ(recorder.log.size(), 10 * round);
    ASSERT_EQ(queue.now(), 1000 * round);
  }
}

TEST(EventQueue, FiresWithoutAKernelAsFarAsItIsTold) {
  EventQueue queue("queue");
  queue.leave_kernel();
  Recorder recorder(queue);
  recorder.action = [&](uint64_t argument) {
    if (argument == 1) recorder.at(20, 4);  // behind those due then
  };
  recorder.at(20, 2);
  recorder.at(10, 1);
  recorder.at(20, 3);
  EXPECT_EQ(queue.next(), 10u);
  queue.run_before(20);
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{10, 1}}));
  EXPECT_EQ(queue.now(), 20u);
  queue.fire_next();
  EXPECT_EQ(recorder.log.back(), (Entry{20, 2}));
  queue.run_until(30);
  EXPECT_EQ(recorder.log, (std::vector<Entry>{{10, 1}, {20, 2}, {20, 3}, {20, 4}}));
  EXPECT_EQ(queue.now(), 30u);
  EXPECT_EQ(queue.next(), kNever);
  recorder.at(25, 5);  // has passed: now
  queue.run_until(30);
  EXPECT_EQ(recorder.log.back(), (Entry{30, 5}));
}

TEST(EventQueue, WhatAnEventSchedulesIsItsOwners) {
  EventQueue queue("queue");
  Recorder recorder(queue);
  recorder.action = [&](uint64_t argument) {
    if (argument == 1) recorder.at(20, 2);
    if (argument == 2) {
      const OwnedBy border(queue, 2);
      recorder.at(30, 3);
    }
    if (argument == 3) recorder.at(40, 4);
  };
  {
    const OwnedBy owner(queue, 1);
    recorder.at(10, 1);
  }
  recorder.at(50, 5);
  sc_core::sc_start();
  EXPECT_EQ(queue.fired_by(1), 2u);
  EXPECT_EQ(queue.fired_by(2), 2u);
  EXPECT_EQ(queue.fired_by(EventQueue::kNobody), 1u);
  EXPECT_EQ(queue.fired(), 5u);
}

TEST(EventQueue, AnEmptyQueueLetsTheSimulationEnd) {
  EventQueue queue("queue");
  sc_core::sc_start();
  EXPECT_EQ(queue.fired(), 0u);
  EXPECT_EQ(queue.now(), 0u);
  EXPECT_FALSE(Callback());
}

}  // namespace
}  // namespace pspnic::base
