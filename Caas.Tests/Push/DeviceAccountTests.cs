using System.Security.Cryptography;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Devices;
using Caas.Core.Events;
using Caas.Core.Push;
using Caas.Core.Tenants;
using Caas.Tests.Core;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>Tokens belong to accounts: the tenant's own, or the platform's.</summary>
public sealed class DeviceAccountTests : PushSenderBase
{
    private static readonly PushResult Gone = new(PushOutcome.Gone, "410 Unregistered");

    [Fact]
    public async Task What_another_account_says_of_a_token_removes_nothing_and_its_own_does()
    {
        await OwnAccountAsync(Key());
        Get<IOptions<PushOptions>>().Value.Apns = new("PLATFORM", "KEY", "com.platform.app", Key());
        await Get<DeviceService>().DeleteAsync(As("bob"), "phone", Cancelled);
        Assert.True((await Get<DeviceService>().PutAsync(As("bob"), "tablet", new(DevicePlatform.Apns, "cc"), Cancelled)).Deliverable);

        // The tenant takes its account away: the platform's is asked, which knows nothing of the tenant's tokens. The application registers meanwhile, as it does at each start.
        await Get<DeliveryAccountService>().DeleteAsync(CorePlatform.Backend(), "apns", Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(10));
        _provider.Result = _ => Gone;
        await PushAsync("one");
        await Get<DeviceService>().PutAsync(As("bob"), "tablet", new(DevicePlatform.Apns, "cc"), Cancelled);
        await PushAsync("two");
        Assert.Equal(DeviceUndeliverable.AccountChanged, Assert.Single((await Get<DeviceService>().ListAsync(As("bob"), Cancelled)).Items).Reason);
        Assert.All(await Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled), letter => Assert.Equal("Apns: 410 Unregistered, of a token of another account", letter.Reason));
        Assert.Equal(2, (await Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled)).Count);
        Assert.Equal(2, _provider.Sent.Count);

        // Its own is there again.
        await OwnAccountAsync(Key());
        _provider.Result = _ => PushResult.Sent;
        await PushAsync("three");
        Assert.True(Assert.Single((await Get<DeviceService>().ListAsync(As("bob"), Cancelled)).Items).Deliverable);
        _provider.Result = _ => Gone;
        await PushAsync("four");
        Assert.Empty((await Get<DeviceService>().ListAsync(As("bob"), Cancelled)).Items);
    }

    [Fact]
    public async Task Whoever_reaches_a_device_is_its_account_from_then_on()
    {
        Get<IOptions<PushOptions>>().Value.Apns = new("PLATFORM", "KEY", "com.platform.app", Key());
        await Get<DeviceService>().DeleteAsync(As("bob"), "phone", Cancelled);
        await Get<DeviceService>().PutAsync(As("bob"), "tablet", new(DevicePlatform.Apns, "cc"), Cancelled);
        await OwnAccountAsync(Key());
        await PushAsync("one");
        await Get<DeliveryAccountService>().DeleteAsync(CorePlatform.Backend(), "apns", Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(10));
        _provider.Result = _ => Gone;
        await PushAsync("two");
        Assert.Single((await Get<DeviceService>().ListAsync(As("bob"), Cancelled)).Items);
    }

    [Fact]
    public async Task Of_whose_account_nothing_is_known_is_gone_when_anybody_says_so()
    {
        // The phone was registered while there was no account.
        Get<IOptions<PushOptions>>().Value.Apns = new("PLATFORM", "KEY", "com.platform.app", Key());
        _provider.Result = _ => Gone;
        await PushAsync("one");
        Assert.NotNull((await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled))!.Address.VoipToken);
        Assert.Null((await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled))!.Address.Token);
    }

    [Fact]
    public async Task A_subscription_belongs_to_the_key_that_it_was_made_with_and_a_new_key_of_the_same_account_changes_nothing()
    {
        var accounts = Get<DeviceAccounts>();
        var (own, other) = (await accounts.FindAsync(Acme, DevicePlatform.WebPush, Cancelled), await accounts.FindAsync(new("globex"), DevicePlatform.WebPush, Cancelled));
        Assert.NotEqual(own, other);
        var browser = new Device(Acme, new("bob"), "browser", new(DevicePlatform.WebPush, null, null, new("https://push.example.com/1", new("key", "auth")), other), PushSamples.At, PushSamples.At);
        Assert.Equal(PushOutcome.Mismatched, accounts.Judge(browser, Gone, own).Outcome);
        Assert.Equal(PushOutcome.Gone, accounts.Judge(browser, Gone, other).Outcome);
        Assert.Equal(PushOutcome.Later, accounts.Judge(browser, new(PushOutcome.Later), own).Outcome);

        Task<string?> NameAsync(FcmAccount fcm) => accounts.NameAsync(Acme, DevicePlatform.Fcm, new(fcm, null, null), Cancelled);
        Assert.Equal(await NameAsync(new("project", "one@example.com", "key")), await NameAsync(new("project", "two@example.com", "another")));
        Assert.NotEqual(await NameAsync(new("project", "one@example.com", "key")), await NameAsync(new("other", "one@example.com", "key")));
        Task<string?> OfAsync(ApnsAccount apns) => accounts.NameAsync(Acme, DevicePlatform.Apns, new(null, apns, null), Cancelled);
        Assert.Equal(await OfAsync(new("T", "K1", "com.example", "key")), await OfAsync(new("T", "K2", "com.example", "another")));
        Assert.Equal(4, new HashSet<string?>([await OfAsync(new("T", "K", "com.example", "k")), await OfAsync(new("U", "K", "com.example", "k")), await OfAsync(new("T", "K", "com.other", "k")), await OfAsync(new("T", "K", "com.example", "k", Sandbox: true))]).Count);
    }

    private static string Key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private async Task OwnAccountAsync(string key)
    {
        if (await Get<TenantDirectory>().FindAsync(Acme, Cancelled) is null)
        {
            await Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        }

        await Get<DeliveryAccountService>().PutAsync(CorePlatform.Backend(), "apns", new(Apns: new("TENANT", "KEY", "com.tenant.app", key)), Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(10));
    }

    private async Task PushAsync(string text)
    {
        await SendAsync("a", text);
        await PushAsync();
    }
}
