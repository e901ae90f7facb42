using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Devices;

/// <summary>What <see cref="IDeviceStore"/> promises. Adapters inherit it.</summary>
public abstract class DeviceStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IDeviceStore CreateStore();

    [Fact]
    public async Task A_device_comes_back_as_it_was_stored_and_is_replaced_with_its_beginning_kept()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var browser = new Device(Acme, new("ann"), "browser", new(DevicePlatform.WebPush, null, null, new("https://push.example.com/é", new("key", "auth"))), At, At);
        await one.PutAsync(browser, Cancelled);
        Assert.Equal(browser, await other.FindAsync(Acme, new("ann"), "browser", Cancelled));
        await other.PutAsync(browser with { Address = new(DevicePlatform.Apns, "aa", "bb", null), CreatedAt = At.AddHours(1), UpdatedAt = At.AddHours(1) }, Cancelled);
        Assert.Equal(browser with { Address = new(DevicePlatform.Apns, "aa", "bb", null), UpdatedAt = At.AddHours(1) }, await one.FindAsync(Acme, new("ann"), "browser", Cancelled));
        Assert.Null(await one.FindAsync(new("globex"), new("ann"), "browser", Cancelled));
        Assert.Null(await one.FindAsync(Acme, new("bob"), "browser", Cancelled));
        Assert.True(await one.DeleteAsync(Acme, new("ann"), "browser", Cancelled));
        Assert.False(await other.DeleteAsync(Acme, new("ann"), "browser", Cancelled));
    }

    [Fact]
    public async Task Lists_hold_the_devices_of_the_users_asked_for()
    {
        var store = CreateStore();
        foreach (var (user, id) in new[] { ("bob", "1"), ("ann", "2"), ("ann", "1"), ("cid", "1") })
        {
            await store.PutAsync(Phone(user, id, $"{user}-{id}"), Cancelled);
        }

        Assert.Equal([("ann", "1"), ("ann", "2"), ("cid", "1")], (await store.ListAsync(Acme, [new("cid"), new("ann"), new("dee")], Cancelled)).Select(device => (device.User.Value, device.Id)));
        Assert.Empty(await store.ListAsync(new("globex"), [new("ann")], Cancelled));
        Assert.Empty(await store.ListAsync(Acme, [], Cancelled));
    }

    [Fact]
    public async Task A_token_leaves_whoever_had_it_before_whichever_of_its_two_it_is_and_only_in_its_tenant()
    {
        var store = CreateStore();
        await store.PutAsync(Phone("ann", "phone", "t1", "v1"), Cancelled);
        await store.PutAsync(Phone("ann", "old", "t0"), Cancelled);
        await store.PutAsync(Phone("ann", "phone", "t1") with { Tenant = new("globex") }, Cancelled);

        await store.PutAsync(Phone("bob", "phone", "t1", "v2"), Cancelled);
        Assert.Equal(["old"], (await store.ListAsync(Acme, [new("ann")], Cancelled)).Select(device => device.Id));
        await store.PutAsync(Phone("cid", "phone", "t3", "v2"), Cancelled);
        Assert.Empty(await store.ListAsync(Acme, [new("bob")], Cancelled));
        Assert.Single(await store.ListAsync(new("globex"), [new("ann")], Cancelled));

        // What a device had before is free for others; the same user's other device loses it too.
        await store.PutAsync(Phone("cid", "phone", "t4"), Cancelled);
        await store.PutAsync(Phone("ann", "new", "t3", "v2"), Cancelled);
        await store.PutAsync(Phone("ann", "newer", "t0"), Cancelled);
        Assert.Equal([("ann", "new"), ("ann", "newer"), ("cid", "phone")], (await store.ListAsync(Acme, [new("ann"), new("bob"), new("cid")], Cancelled)).Select(device => (device.User.Value, device.Id)));
    }

    [Fact]
    public async Task Of_many_who_take_a_token_at_once_one_has_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => CreateStore().PutAsync(Phone($"user-{n}", "phone", "shared"), Cancelled)));
        Assert.Single(await CreateStore().ListAsync(Acme, [.. Enumerable.Range(0, 8).Select(n => new UserId($"user-{n}"))], Cancelled));
    }

    [Fact]
    public async Task A_token_that_is_gone_at_its_service_goes_and_with_the_last_one_the_device_unless_it_came_anew()
    {
        var store = CreateStore();
        var device = Phone("ann", "phone", "t1", "v1");
        await store.PutAsync(device, Cancelled);
        var anew = device with { UpdatedAt = At.AddSeconds(1) };
        await store.PutAsync(anew, Cancelled);
        Assert.False(await store.RemoveTokenAsync(device, voip: true, Cancelled));
        Assert.Equal(anew, await store.FindAsync(Acme, new("ann"), "phone", Cancelled));
        Assert.False(await store.RemoveTokenAsync(anew with { Address = anew.Address with { VoipToken = "v0" } }, voip: true, Cancelled));
        Assert.Equal(anew, await store.FindAsync(Acme, new("ann"), "phone", Cancelled));

        Assert.False(await store.RemoveTokenAsync(anew, voip: true, Cancelled));
        Assert.Equal(anew with { Address = anew.Address with { VoipToken = null } }, await store.FindAsync(Acme, new("ann"), "phone", Cancelled));

        // The token that went is free; the one that stayed belongs to the device still. Whoever read the device before both went takes the other one away, too.
        await store.PutAsync(Phone("bob", "phone", "t2", "v1"), Cancelled);
        Assert.NotNull(await store.FindAsync(Acme, new("ann"), "phone", Cancelled));
        Assert.True(await store.RemoveTokenAsync(anew, voip: false, Cancelled));
        Assert.Null(await store.FindAsync(Acme, new("ann"), "phone", Cancelled));
        Assert.False(await store.RemoveTokenAsync(anew, voip: false, Cancelled));
        Assert.NotNull(await store.FindAsync(Acme, new("bob"), "phone", Cancelled));

        await store.PutAsync(Phone("cid", "phone", "t3"), Cancelled);
        await store.PutAsync(Phone("dee", "phone", "t3"), Cancelled);
        Assert.False(await store.RemoveTokenAsync(Phone("cid", "phone", "t3"), voip: false, Cancelled));
        Assert.NotNull(await store.FindAsync(Acme, new("dee"), "phone", Cancelled));
    }

    [Fact]
    public async Task The_account_that_a_device_belongs_to_is_kept_unless_it_was_registered_anew()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var device = Phone("ann", "phone", "t1", "v1");
        await one.PutAsync(device, Cancelled);
        await other.KeepAccountAsync(device, "first", Cancelled);
        await other.KeepAccountAsync(device with { UpdatedAt = At.AddSeconds(-1) }, "earlier", Cancelled);
        await other.KeepAccountAsync(device with { Tenant = new("globex") }, "theirs", Cancelled);
        Assert.Equal("first", (await one.FindAsync(Acme, new("ann"), "phone", Cancelled))!.Address.Account);

        // Who read it before that takes its tokens away all the same, and the account stays with what is left.
        Assert.False(await one.RemoveTokenAsync(device, voip: true, Cancelled));
        Assert.Equal(device.Address with { VoipToken = null, Account = "first" }, (await other.FindAsync(Acme, new("ann"), "phone", Cancelled))!.Address);
        Assert.True(await one.RemoveTokenAsync(device, voip: false, Cancelled));
        await other.KeepAccountAsync(device, "late", Cancelled);
        Assert.Null(await one.FindAsync(Acme, new("ann"), "phone", Cancelled));
    }

    private static Device Phone(string user, string id, string token, string? voip = null) => new(Acme, new(user), id, new(DevicePlatform.Apns, token, voip, null), At, At);
}
