using System.Net;
using System.Security.Cryptography;
using Caas.Core.Devices;
using Caas.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Devices;

[Collection<GatewayCollection>]
public sealed class DeviceTests(GatewayFixture gateway)
{
    private const string Point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Users_register_their_devices_and_never_see_tokens_again()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var alice = await tenant.SignInAsync("alice");
        (await alice.PutAsync("/v1/devices/phone", new { platform = "apns", token = "ABCDEF", voipToken = "012345" })).Expect(HttpStatusCode.OK);
        (await alice.PutAsync("/v1/devices/browser", new { platform = "webPush", subscription = new { endpoint = "https://push.example.com/1", keys = new { p256dh = Point, auth = "BTBZMqHH6r4Tts7J_aSIgg" } } })).Expect(HttpStatusCode.OK);
        var listed = (await tenant.OnBehalfOf("alice").GetAsync("/v1/devices")).Expect(HttpStatusCode.OK);
        Assert.Equal([("browser", "webPush", false), ("phone", "apns", true)], listed.Json.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("id").GetString()!, item.GetProperty("platform").GetString()!, item.GetProperty("voip").GetBoolean())));
        Assert.DoesNotContain("abcdef", listed.Text, StringComparison.OrdinalIgnoreCase);

        // The phone changes hands.
        (await tenant.OnBehalfOf("bob").PutAsync("/v1/devices/mine", new { platform = "apns", token = "abcdef" })).Expect(HttpStatusCode.OK);
        Assert.Equal(["browser"], (await gateway.Services.GetRequiredService<IDeviceStore>().ListAsync(new(tenant.Id), [new("alice")], Cancelled)).Select(device => device.Id));
        (await alice.DeleteAsync("/v1/devices/browser")).Expect(HttpStatusCode.NoContent);
        (await alice.DeleteAsync("/v1/devices/browser")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(0, (await alice.GetAsync("/v1/devices")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_user_has_at_most_20_and_may_replace_each()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        for (var n = 0; n < 20; n++)
        {
            (await tenant.OnBehalfOf("alice").PutAsync($"/v1/devices/{n}", new { platform = "fcm", token = $"token-{n}" })).Expect(HttpStatusCode.OK);
        }

        (await tenant.OnBehalfOf("alice").PutAsync("/v1/devices/20", new { platform = "fcm", token = "token-20" })).ExpectProblem(HttpStatusCode.Conflict, "limit_reached");
        (await tenant.OnBehalfOf("alice").PutAsync("/v1/devices/19", new { platform = "fcm", token = "token-20" })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_registers_a_device_learns_whether_an_account_reaches_it()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var alice = await tenant.SignInAsync("alice");
        static (bool, string?) Of(System.Text.Json.JsonElement device) => (device.GetProperty("deliverable").GetBoolean(), device.GetProperty("reason").GetString());
        Assert.Equal((false, "noAccount"), Of((await alice.PutAsync("/v1/devices/phone", new { platform = "apns", token = "abcdef" })).Expect(HttpStatusCode.OK).Json));
        Assert.Equal((true, null), Of((await alice.PutAsync("/v1/devices/browser", new { platform = "webPush", subscription = new { endpoint = "https://push.example.com/1", keys = new { p256dh = Point, auth = "BTBZMqHH6r4Tts7J_aSIgg" } } })).Expect(HttpStatusCode.OK).Json));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Task AccountAsync(string bundle) => tenant.Backend.PutAsync("/v1/tenant/delivery/apns", new { apns = new { teamId = "TEAM", keyId = "KEY", bundleId = bundle, privateKey = key.ExportPkcs8PrivateKeyPem() } });
        async Task<(bool, string?)[]> ListedAsync() => [.. (await alice.GetAsync("/v1/devices")).Expect(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Select(Of)];
        await AccountAsync("com.example.one");
        Assert.Equal([(true, null), (true, null)], await ListedAsync());

        // The token is one of the application that the account was for when it was registered, however often it comes; a new one is the new application's.
        await alice.PutAsync("/v1/devices/phone", new { platform = "apns", token = "abcdef" });
        await AccountAsync("com.example.two");
        Assert.Equal([(true, null), (false, "accountChanged")], await ListedAsync());
        Assert.Equal((false, "accountChanged"), Of((await alice.PutAsync("/v1/devices/phone", new { platform = "apns", token = "ABCDEF" })).Json));
        Assert.Equal((true, null), Of((await alice.PutAsync("/v1/devices/phone", new { platform = "apns", token = "012345" })).Json));
    }

    [Theory]
    [InlineData("""{}""", "platform")]
    [InlineData("""{"platform":"fcm"}""", "token")]
    [InlineData("""{"platform":"fcm","token":"a b"}""", "token")]
    [InlineData("""{"platform":"fcm","token":"a","voipToken":"aa"}""", "voipToken")]
    [InlineData("""{"platform":"apns"}""", "token")]
    [InlineData("""{"platform":"apns","token":"not hex"}""", "token")]
    [InlineData("""{"platform":"webPush"}""", "subscription")]
    [InlineData("""{"platform":"webPush","token":"a","subscription":{"endpoint":"https://a.example","keys":{"p256dh":"{point}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "token")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"http://a.example","keys":{"p256dh":"{point}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "subscription.endpoint")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"https://a:b@a.example","keys":{"p256dh":"{point}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "subscription.endpoint")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"https://a.example","keys":{"p256dh":"BAAA","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "subscription.keys.p256dh")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"https://a.example","keys":{"p256dh":"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "subscription.keys.p256dh")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"https://a.example","keys":{"p256dh":"{point}","auth":"AAAA"}}}""", "subscription.keys.auth")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"https://127.0.0.1:5556/1","keys":{"p256dh":"{point}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "subscription.endpoint")]
    [InlineData("""{"platform":"webPush","subscription":{"endpoint":"https://[fd00::1]/1","keys":{"p256dh":"{point}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}""", "subscription.endpoint")]
    [InlineData("""{"platform":"sms","token":"a"}""", "platform")]
    public async Task What_no_push_service_could_reach_is_refused(string body, string field)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.OnBehalfOf("alice").PutAsync("/v1/devices/phone", body.Replace("{point}", Point, StringComparison.Ordinal))).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Each_tenant_has_one_key_for_browsers_that_stays()
    {
        var (one, other) = (await (await gateway.CreateTenantAsync()).WithUsersAsync("alice"), await gateway.CreateTenantAsync());
        var key = (await one.Backend.GetAsync("/v1/push/vapid-key")).Expect(HttpStatusCode.OK).Json.GetProperty("publicKey").GetString();
        Assert.Equal(key, (await (await one.SignInAsync("alice")).GetAsync("/v1/push/vapid-key")).Expect(HttpStatusCode.OK).Json.GetProperty("publicKey").GetString());
        Assert.NotEqual(key, (await other.Backend.GetAsync("/v1/push/vapid-key")).Json.GetProperty("publicKey").GetString());
    }
}
