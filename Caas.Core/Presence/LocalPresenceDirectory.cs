using Caas.Contracts;

namespace Caas.Core.Presence;

/// <summary>The directory of one process alone, or of tests: the same rules as over Redis, under one lock.</summary>
public sealed class LocalPresenceDirectory(TimeProvider clock) : IPresenceDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<(TenantId, UserId), Entry> _users = [];
    private readonly Dictionary<(TenantId, PresenceStatus), long> _counts = [];
    private readonly Dictionary<(TenantId, long Day), Day> _days = [];

    public Task<PresenceTick> TickAsync(string replica, TimeSpan lease, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now();
            var renewed = _leases.ContainsKey(replica);
            _leases[replica] = now + lease;
            var changes = new List<PresenceChange>();
            foreach (var (dead, end) in _leases.Where(held => held.Value <= now).ToArray())
            {
                _leases.Remove(dead);
                foreach (var (id, entry) in _users)
                {
                    if (entry.Replicas.Remove(dead))
                    {
                        Fold(id, entry, end - lease, changes);
                    }
                }
            }

            foreach (var (id, entry) in _users.Where(user => user.Value.Choice?.ExpiresAt <= now))
            {
                entry.Choice = null;
                Fold(id, entry, now, changes);
            }

            return Task.FromResult(new PresenceTick(renewed, More: false, changes));
        }
    }

    public Task<IReadOnlyList<PresenceChange>?> ReportAsync(string replica, IReadOnlyList<DeviceReport> reports, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_leases.ContainsKey(replica))
            {
                return Task.FromResult<IReadOnlyList<PresenceChange>?>(null);
            }

            var changes = new List<PresenceChange>();
            foreach (var report in reports)
            {
                var entry = EntryOf(report.Tenant, report.User);
                if (report.Devices == LocalPresence.None)
                {
                    entry.Replicas.Remove(replica);
                }
                else
                {
                    entry.Replicas[replica] = report.Devices;
                }

                entry.Take(report.Choice);
                Fold((report.Tenant, report.User), entry, Now(), changes);
            }

            return Task.FromResult<IReadOnlyList<PresenceChange>?>(changes);
        }
    }

    public Task<PresenceChange?> ChooseAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var changes = new List<PresenceChange>();
            var entry = EntryOf(tenant, user);
            entry.Take(choice);
            Fold((tenant, user), entry, Now(), changes);
            return Task.FromResult(changes.SingleOrDefault());
        }
    }

    public Task<PresenceChange?> ForgetAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var changes = new List<PresenceChange>();
            if (_users.TryGetValue((tenant, user), out var entry))
            {
                entry.Choice = null;
                Fold((tenant, user), entry, Now(), changes);
                if (entry.Replicas.Count == 0)
                {
                    _users.Remove((tenant, user));
                }
            }

            return Task.FromResult(changes.SingleOrDefault());
        }
    }

    public Task<IReadOnlyList<PresenceRecord>> ReadAsync(TenantId tenant, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<PresenceRecord>>([.. users.Select(user => _users.TryGetValue((tenant, user), out var entry) ? RecordOf((tenant, user), entry) : PresenceRecord.Unknown(tenant, user))]);
        }
    }

    public Task<PresenceSummary> SummarizeAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var day = _days.GetValueOrDefault((tenant, Today())) ?? new();
            return Task.FromResult(new PresenceSummary(
                Count(PresenceStatus.Online), Count(PresenceStatus.Away), Count(PresenceStatus.Busy), Count(PresenceStatus.Invisible), Math.Max(day.Peak, Present(tenant)),
                new(day.Ended, day.Ended == 0 ? 0 : day.Total.TotalSeconds / day.Ended, day.Longest.TotalSeconds)));
        }

        long Count(PresenceStatus status) => _counts.GetValueOrDefault((tenant, status));
    }

    /// <summary>In whole milliseconds, as stores keep times.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    private Entry EntryOf(TenantId tenant, UserId user)
    {
        if (!_users.TryGetValue((tenant, user), out var entry))
        {
            _users.Add((tenant, user), entry = new());
        }

        return entry;
    }

    private long Today() => Now().ToUnixTimeMilliseconds() / 86_400_000;

    private long Present(TenantId tenant) => _counts.Where(count => count.Key.Item1 == tenant).Sum(count => count.Value);

    private void Fold((TenantId Tenant, UserId User) id, Entry entry, DateTimeOffset seen, List<PresenceChange> changes)
    {
        var (status, text) = Fold(entry);
        if ((status, text) == (entry.Status, entry.Text))
        {
            return;
        }

        var before = entry.Status;
        var now = Now();
        (entry.Status, entry.Text) = (status, text);
        entry.Version = Math.Max(entry.Version + 1, now.ToUnixTimeMilliseconds() * 1_000);
        TimeSpan? session = null;
        if (before != status)
        {
            entry.SeenAt = IsVisible(before) != IsVisible(status) ? seen : entry.SeenAt;
            Count(id.Tenant, before, -1);
            Count(id.Tenant, status, 1);
            if (!_days.TryGetValue((id.Tenant, Today()), out var day))
            {
                _days.Add((id.Tenant, Today()), day = new());
            }

            day.Peak = Math.Max(day.Peak, Present(id.Tenant));
            if (before == PresenceStatus.Offline)
            {
                entry.Since = now;
            }
            else if (status == PresenceStatus.Offline)
            {
                session = seen > entry.Since ? seen - entry.Since : TimeSpan.Zero;
                day.Ended++;
                day.Total += session.Value;
                day.Longest = session > day.Longest ? session.Value : day.Longest;
            }
        }

        changes.Add(new(RecordOf(id, entry), session));
    }

    private void Count(TenantId tenant, PresenceStatus status, int by)
    {
        if (status != PresenceStatus.Offline)
        {
            _counts[(tenant, status)] = _counts.GetValueOrDefault((tenant, status)) + by;
        }
    }

    private (PresenceStatus Status, string? Text) Fold(Entry entry)
    {
        var now = Now();
        var live = entry.Replicas.Where(replica => _leases.GetValueOrDefault(replica.Key) > now).ToArray();
        var choice = entry.Choice is { } chosen && !(chosen.ExpiresAt <= now) ? chosen : null;
        var status = live.Length == 0 ? PresenceStatus.Offline
            : choice?.Hides == true ? PresenceStatus.Invisible
            : choice?.Status == PresenceStatus.Away || live.All(replica => replica.Value == LocalPresence.Idle) ? PresenceStatus.Away
            : choice?.Status == PresenceStatus.Busy ? PresenceStatus.Busy
            : PresenceStatus.Online;
        return (status, status == PresenceStatus.Offline && choice?.Hides == true ? null : choice?.Text);
    }

    private PresenceRecord RecordOf((TenantId Tenant, UserId User) id, Entry entry)
    {
        var (status, text) = Fold(entry);
        return new(id.Tenant, id.User, entry.Version, status, text, entry.SeenAt);
    }

    private static bool IsVisible(PresenceStatus status) => status is not (PresenceStatus.Offline or PresenceStatus.Invisible);

    private sealed class Entry
    {
        public Dictionary<string, LocalPresence> Replicas { get; } = new(StringComparer.Ordinal);

        public PresenceChoice? Choice { get; set; }

        public long Version { get; set; }

        public PresenceStatus Status { get; set; } = PresenceStatus.Offline;

        public string? Text { get; set; }

        public DateTimeOffset? SeenAt { get; set; }

        public DateTimeOffset Since { get; set; }

        public void Take(PresenceChoice? choice)
        {
            if (choice is not null && (Choice is null || choice.ChosenAt >= Choice.ChosenAt))
            {
                Choice = choice;
            }
        }
    }

    private sealed class Day
    {
        public long Peak { get; set; }

        public long Ended { get; set; }

        public TimeSpan Total { get; set; }

        public TimeSpan Longest { get; set; }
    }
}
