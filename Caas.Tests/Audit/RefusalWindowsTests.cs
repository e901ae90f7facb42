using Caas.Core.Audit;
using Caas.Core.Ids;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Audit;

/// <summary>However many are refused, the audit log has few records of it, and their counts are right.</summary>
public sealed class RefusalWindowsTests
{
    private const int MostPerHour = 10;
    private static readonly TenantId Acme = new("acme");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 9, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly RefusalWindows _windows;

    public RefusalWindowsTests() => _windows = new(TimeSpan.FromMinutes(1), MostPerHour, _clock);

    [Fact]
    public void The_first_of_a_kind_is_recorded_at_once_and_those_that_follow_are_counted_once_a_window()
    {
        var began = _clock.GetUtcNow();
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong()));
        _clock.Advance(TimeSpan.FromSeconds(10));
        for (var n = 0; n < 1_000; n++)
        {
            Assert.Equal(RefusalFate.Counted, _windows.Note(Wrong(trace: $"trace-{n}")));
        }

        Assert.Empty(_windows.Take());
        _clock.Advance(TimeSpan.FromSeconds(50));
        var counted = Assert.Single(_windows.Take());
        Assert.Equal((1_000, began.AddSeconds(10), "192.0.2.1", "trace-999"), (counted.Count, counted.Since, counted.Call.Origin.IpAddress, counted.Call.Origin.TraceId));
        Assert.Equal("ck_1", counted.Call.Target["keyId"]);

        // It goes on: no first one, but a number each window. Then nobody comes, and the next one is a first one again.
        Assert.Equal(RefusalFate.Counted, _windows.Note(Wrong()));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Assert.Single(_windows.Take()).Count);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_windows.Take());
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong()));
    }

    [Fact]
    public void Each_key_address_and_reason_is_a_kind_of_its_own()
    {
        Assert.All([Wrong(), Wrong("ck_2"), Wrong(address: "192.0.2.2"), Wrong(reason: CredentialFaults.KeyRevoked)], call => Assert.Equal(RefusalFate.Recorded, _windows.Note(call)));
        Assert.All([Wrong(), Wrong("ck_2"), Wrong(address: "192.0.2.2"), Wrong(reason: CredentialFaults.KeyRevoked)], call => Assert.Equal(RefusalFate.Counted, _windows.Note(call)));
    }

    [Fact]
    public void Whoever_comes_from_everywhere_uses_up_the_tenants_records_and_is_counted_as_everybody_after_that()
    {
        const int Calls = 5_000;
        var fates = Enumerable.Range(0, Calls).Select(n => _windows.Note(Wrong(address: $"198.51.{n / 256}.{n % 256}"))).ToArray();
        Assert.Equal(MostPerHour, fates.Count(fate => fate == RefusalFate.Recorded));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var rest = Assert.Single(_windows.Take());
        Assert.Equal((Calls - MostPerHour, "various", null, "anonymous", 0), (rest.Count, rest.Call.Reason, rest.Call.Origin.IpAddress, rest.Call.By, rest.Call.Target.Count));

        // For a day: the hour's records, and one a minute.
        var (records, told) = (0, 0);
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            for (var n = 0; n < 20; n++)
            {
                records += _windows.Note(Wrong(address: $"203.0.{minute % 256}.{n}")) == RefusalFate.Recorded ? 1 : 0;
            }

            _clock.Advance(TimeSpan.FromMinutes(1));
            var taken = _windows.Take();
            (records, told) = (records + taken.Count, told + taken.Sum(calls => calls.Count));
        }

        Assert.InRange(records, 24 * 60, (24 * 60) + (25 * MostPerHour));
        Assert.InRange(told, (20 * 24 * 60) - (25 * MostPerHour), 20 * 24 * 60);

        // The others have theirs.
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong(tenant: "globex")));
    }

    [Fact]
    public void An_expired_token_happens_to_everybody_and_is_counted_for_the_tenant_as_a_whole()
    {
        var first = _windows.Note(Expired("user-0", "192.0.2.0"));
        Assert.Equal(RefusalFate.Recorded, first);
        Assert.All(Enumerable.Range(1, 200), n => Assert.Equal(RefusalFate.Counted, _windows.Note(Expired($"user-{n}", $"192.0.2.{n}"))));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var counted = Assert.Single(_windows.Take());
        Assert.Equal((200, CredentialFaults.TokenExpired, "anonymous", null, 0), (counted.Count, counted.Call.Reason, counted.Call.By, counted.Call.Origin.IpAddress, counted.Call.Target.Count));
    }

    [Fact]
    public void Tenants_that_anybody_can_name_are_bounded_and_leave_room_for_those_that_are_proven()
    {
        var fates = Enumerable.Range(0, 5_000).Select(n => _windows.Note(Wrong(tenant: $"made-up-{n}"))).ToArray();
        Assert.Equal(RefusalWindows.MostUnproven, fates.Count(fate => fate == RefusalFate.Recorded));
        Assert.All(fates.Skip(RefusalWindows.MostUnproven), fate => Assert.Equal(RefusalFate.Dropped, fate));
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Expired("ann", "192.0.2.1")));

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_windows.Take());
        Assert.Equal(0, _windows.Tenants);
    }

    [Fact]
    public void Made_up_tenants_are_forgotten_so_that_real_ones_are_recorded_again()
    {
        for (var n = 0; n < RefusalWindows.MostUnproven; n++)
        {
            // More than one record each: what is left of theirs has to come back by itself, nobody asks for it again.
            Assert.All((string[])["2001:db8::1", "2001:db8::2", "2001:db8::3"], address => Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong(tenant: $"made-up-{n}", address: address))));
        }

        Assert.Equal(RefusalFate.Dropped, _windows.Note(Wrong()));
        for (var minute = 0; minute < 30; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            _windows.Take();
        }

        Assert.Equal(0, _windows.Tenants);
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong()));
    }

    [Fact]
    public void Tenants_that_nobody_has_make_room_at_once_and_those_that_are_there_take_none_of_it()
    {
        foreach (var n in Enumerable.Range(0, 3 * RefusalWindows.MostUnproven))
        {
            Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong(tenant: $"made-up-{n}")));
            _windows.Found(new($"made-up-{n}"), there: false);
        }

        Assert.Equal(RefusalWindows.MostUnproven, _windows.Tenants);
        Assert.Equal(RefusalFate.Counted, _windows.Note(Wrong(tenant: $"made-up-{(3 * RefusalWindows.MostUnproven) - 1}")));
        foreach (var n in Enumerable.Range(0, 2 * RefusalWindows.MostUnproven))
        {
            Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong(tenant: $"tenant-{n}")));
            _windows.Found(new($"tenant-{n}"), there: true);
        }

        _clock.Advance(TimeSpan.FromHours(1));
        _windows.Take();
        Assert.Equal(0, _windows.Tenants);
    }

    [Fact]
    public void What_anybody_can_make_up_takes_no_records_of_what_is_proven_nor_users_those_of_keys()
    {
        for (var n = 0; n < 5 * MostPerHour; n++)
        {
            _windows.Note(Wrong(address: $"2001:db8::{n:x}"));
            _windows.Note(Of(CredentialFaults.UserInactive, user: "ann", address: $"2001:db8::{n:x}"));
        }

        // A stolen key feels its way.
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Of(CredentialFaults.KeyRevoked, key: "ck_1")));
        Assert.Equal(RefusalFate.Counted, _windows.Note(Of(CredentialFaults.KeyRevoked, key: "ck_1")));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var taken = _windows.Take();
        Assert.Equal([(4 * MostPerHour, null), (4 * MostPerHour, null), (1, "key:ck_1")], taken.Select(calls => (calls.Count, calls.Call.By == "anonymous" ? null : calls.Call.By)));
        Assert.Equal([RefusedBy.Anybody, RefusedBy.Users, RefusedBy.Keys], taken.Select(calls => calls.Call.Sort));

        // What could not be written goes back to where it was counted.
        foreach (var calls in taken)
        {
            _windows.GiveBack(calls);
        }

        Assert.Equal(taken.Select(calls => (calls.Count, calls.Call.Sort)), _windows.Take(all: true).Select(calls => (calls.Count, calls.Call.Sort)));

        static RefusedCall Of(string reason, string? key = null, string? user = null, string address = "192.0.2.1") =>
            RefusedCall.Of(new CredentialAttempt(Acme, reason, Proven: true, key, user is null ? null : new(user)), new(address, "trace"));
    }

    [Fact]
    public void What_could_not_be_recorded_now_is_counted_with_what_follows()
    {
        Assert.Equal(RefusalFate.Recorded, _windows.Note(Wrong()));
        _windows.GiveBack(new(Wrong(), 1, Since: null));
        _windows.Note(Wrong());
        Assert.Equal(2, Assert.Single(_windows.Take(all: true)).Count);
    }

    private static RefusedCall Wrong(string key = "ck_1", string address = "192.0.2.1", string reason = CredentialFaults.WrongSecret, string tenant = "acme", string trace = "trace") =>
        RefusedCall.Of(new CredentialAttempt(new(tenant), reason, Proven: false, key), new(address, trace));

    private static RefusedCall Expired(string user, string address) => RefusedCall.Of(new CredentialAttempt(Acme, CredentialFaults.TokenExpired, Proven: true, User: new(user)), new(address, "trace"));
}
