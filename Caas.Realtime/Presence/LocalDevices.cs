using Caas.Core.Presence;

namespace Caas.Realtime.Presence;

/// <param name="Devices">What is to be written of the user.</param>
/// <param name="IsNew">Whether nothing was written of the user before.</param>
internal sealed record LocalUser(TenantId Tenant, UserId User, LocalPresence Devices, bool IsNew);

/// <summary>The devices of this replica by user, and of whom something is still to be written. A device whose connection was lost counts on for the grace; the next one of its user takes its place.</summary>
internal sealed class LocalDevices(TimeSpan grace, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, UserId User), Entry> _users = [];
    private readonly HashSet<(TenantId Tenant, UserId User)> _dirty = [];
    private readonly Queue<(TenantId Tenant, UserId User, string Device, long At)> _leaving = [];

    /// <returns>Whether something is to be written.</returns>
    public bool Add(TenantId tenant, UserId user, string device)
    {
        lock (_gate)
        {
            var key = (tenant, user);
            if (!_users.TryGetValue(key, out var entry))
            {
                _users.Add(key, entry = new());
            }

            // Who comes back is as before.
            var idle = false;
            if (entry.Devices.FirstOrDefault(known => known.IsGone) is { } back)
            {
                idle = back.Idle;
                entry.Remove(back);
            }

            if (entry.Find(device) is { } again)
            {
                entry.Remove(again);
            }

            entry.Add(new(device) { Idle = idle });
            return Note(key, entry);
        }
    }

    public void Leave(TenantId tenant, UserId user, string device)
    {
        lock (_gate)
        {
            if (_users.TryGetValue((tenant, user), out var entry) && entry.Find(device) is { IsGone: false } leaving)
            {
                leaving.GoneAt = clock.GetTimestamp();
                _leaving.Enqueue((tenant, user, device, leaving.GoneAt));
            }
        }
    }

    /// <returns>Whether something is to be written.</returns>
    public bool SetIdle(TenantId tenant, UserId user, string device, bool idle)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue((tenant, user), out var entry) || entry.Find(device) is not { } known)
            {
                return false;
            }

            known.Idle = idle;
            return Note((tenant, user), entry);
        }
    }

    /// <summary>Forgets the devices whose grace has ended.</summary>
    public void EndGrace()
    {
        lock (_gate)
        {
            while (_leaving.TryPeek(out var leaving) && clock.GetElapsedTime(leaving.At) >= grace)
            {
                _leaving.Dequeue();
                var key = (leaving.Tenant, leaving.User);
                if (_users.TryGetValue(key, out var entry) && entry.Find(leaving.Device) is { } device && device.GoneAt == leaving.At)
                {
                    entry.Remove(device);
                    Note(key, entry);
                }
            }
        }
    }

    /// <summary>How long it is to the end of the next grace.</summary>
    public TimeSpan NextEnd()
    {
        lock (_gate)
        {
            return !_leaving.TryPeek(out var leaving) ? TimeSpan.MaxValue : clock.GetElapsedTime(leaving.At) is var since && since < grace ? grace - since : TimeSpan.Zero;
        }
    }

    /// <summary>Takes what is to be written, until it is <see cref="Written"/> or <see cref="PutBack"/>.</summary>
    public IReadOnlyList<LocalUser> Take(int most)
    {
        lock (_gate)
        {
            var taken = new List<LocalUser>();
            foreach (var key in _dirty.Take(most).ToArray())
            {
                _dirty.Remove(key);
                if (_users.TryGetValue(key, out var entry))
                {
                    taken.Add(new(key.Tenant, key.User, entry.Now, entry.Written is null));
                }
            }

            return taken;
        }
    }

    public void PutBack(IReadOnlyList<LocalUser> taken)
    {
        lock (_gate)
        {
            _dirty.UnionWith(taken.Select(user => (user.Tenant, user.User)));
        }
    }

    /// <param name="changes">What came of it.</param>
    public void Written(IReadOnlyList<LocalUser> taken, IReadOnlyList<PresenceChange> changes)
    {
        lock (_gate)
        {
            foreach (var user in taken)
            {
                var key = (user.Tenant, user.User);
                if (_users.TryGetValue(key, out var entry))
                {
                    entry.Written = user.Devices;
                    if (entry.Devices.Length == 0 && user.Devices == LocalPresence.None)
                    {
                        _users.Remove(key);
                    }
                    else
                    {
                        Note(key, entry);
                    }
                }
            }

            foreach (var change in changes)
            {
                if (_users.TryGetValue((change.Record.Tenant, change.Record.User), out var entry))
                {
                    entry.IsVisible = change.Record.IsVisible;
                }
            }
        }
    }

    /// <summary>Everyone is to be written again.</summary>
    /// <returns>How many.</returns>
    public int Rewrite()
    {
        lock (_gate)
        {
            foreach (var (key, entry) in _users)
            {
                entry.Written = null;
                _dirty.Add(key);
            }

            return _users.Count;
        }
    }

    /// <summary>The tenants with users here.</summary>
    public IReadOnlyList<TenantId> Tenants()
    {
        lock (_gate)
        {
            return [.. _users.Keys.Select(user => user.Tenant).Distinct()];
        }
    }

    /// <summary>Users who are to be seen, as far as this replica has been told.</summary>
    public IReadOnlyList<(TenantId Tenant, UserId User)> Visible()
    {
        lock (_gate)
        {
            return [.. _users.Where(user => user.Value.IsVisible).Select(user => user.Key)];
        }
    }

    private bool Note((TenantId Tenant, UserId User) key, Entry entry) => entry.Now != entry.Written && _dirty.Add(key);

    private sealed class Entry
    {
        /// <summary>Most users have one. Replaced, never changed.</summary>
        public Device[] Devices { get; private set; } = [];

        /// <summary>What the directory was told last; null: nothing, or it may have forgotten.</summary>
        public LocalPresence? Written { get; set; }

        public bool IsVisible { get; set; }

        public LocalPresence Now => Devices.Length == 0 ? LocalPresence.None : Devices.All(device => device.Idle) ? LocalPresence.Idle : LocalPresence.Active;

        public Device? Find(string id) => Array.Find(Devices, device => device.Id == id);

        public void Add(Device device) => Devices = [.. Devices, device];

        public void Remove(Device device) => Devices = [.. Devices.Where(other => other != device)];
    }

    private sealed class Device(string id)
    {
        private const long Here = long.MinValue;

        public string Id { get; } = id;

        public bool Idle { get; set; }

        /// <summary>When its connection was lost.</summary>
        public long GoneAt { get; set; } = Here;

        public bool IsGone => GoneAt != Here;
    }
}
