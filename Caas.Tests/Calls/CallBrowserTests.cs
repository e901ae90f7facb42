using System.Text.Json;
using Caas.Core.Calls;
using Caas.Realtime.Connections;
using Caas.Tests.Deployment;
using Caas.Tests.Realtime;
using Microsoft.Playwright;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>Two real browsers, each on a replica of its own, connect a peer connection through the hub and hear and see each other.</summary>
public sealed class CallBrowserTests
{
    private const float Bound = 60_000;

    /// <summary>Pictures and sounds that the browser makes itself; and the addresses as they are, for names in the local network nobody answers here.</summary>
    private static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--disable-features=WebRtcHideLocalIpsWithMdns"];

    [Fact]
    public async Task Two_browsers_on_two_replicas_connect_and_exchange_sound_and_pictures()
    {
        var chromium = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipUnless(chromium is not null, "No chromium on the PATH: install it (Debian: apt-get install chromium) to let two browsers call each other.");
        Assert.SkipUnless(
            File.Exists(Scripts.InRepository("clients/js/dist/index.js")) && File.Exists(Scripts.InRepository("clients/js/node_modules/@microsoft/signalr/dist/browser/signalr.min.js")),
            "The page needs the JavaScript client: run 'npm install' in samples.");

        await using var replicas = await Replicas.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Arguments, Timeout = Bound });
        var (alice, bob) = (await OpenAsync(browser, replicas, "alice", 0), await OpenAsync(browser, replicas, "bob", 1));
        await alice.EvaluateAsync("() => window.call('bob')");
        var (one, other) = (await ConnectedAsync(alice), await ConnectedAsync(bob));
        foreach (var statistics in new[] { one, other })
        {
            Assert.Equal("connected", statistics.GetProperty("state").GetString());
            Assert.True(statistics.GetProperty("frames").GetInt32() > 0 && statistics.GetProperty("audioPackets").GetInt32() > 0, $"{statistics}");
        }

        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "TestResults", "calls"));
        foreach (var (name, page) in new[] { ("alice", alice), ("bob", bob) })
        {
            var picture = Path.Combine(folder.FullName, $"{name}.png");
            await page.ScreenshotAsync(new() { Path = picture, Timeout = Bound });
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {(name == "alice" ? one : other)}, see {picture}");
        }

        // Who comes back after a lost connection offers new ways, and they go on.
        var (before, call) = (await UfragAsync(alice), one.GetProperty("callId").GetString()!);
        foreach (var user in new[] { "bob", "alice" })
        {
            Assert.Single(replicas.Get<LocalConnections>(user == "alice" ? 0 : 1).OfUser(Replicas.Tenant, new(user))).CutOff();
        }

        await Eventually.HoldsAsync(async () => await UfragAsync(alice) != before ? null : "there is a new description", Cancelled);
        var frames = (await ConnectedAsync(bob)).GetProperty("frames").GetInt32();
        await Eventually.HoldsAsync(async () => (await ConnectedAsync(bob)).GetProperty("frames").GetInt32() > frames + 20 ? null : "they still see each other", Cancelled);
        Assert.Equal(2, (await replicas.Calls.FindAsync(new(Replicas.Tenant, call), Cancelled))!.Count(place => place.State == Caas.Contracts.CallParticipantState.Joined));

        // What they measured and said reaches the record of the call.
        await alice.EvaluateAsync("() => window.hangUp()");
        await bob.WaitForFunctionAsync("() => window.ended", null, new() { Timeout = Bound });
        var history = replicas.Get<CallHistory>(1);
        await Eventually.HoldsAsync(async () => (await history.GetAsync(Replicas.System, call, Cancelled)).EndedAt is not null ? null : "the call is over", Cancelled);
        Assert.Equal(["alice", "bob"], (await history.GetQualityAsync(Replicas.System, call, Cancelled)).Participants.Select(participant => participant.UserId));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A page of the replica's own origin, which the browser gets from here: the page, the client as it is built, and SignalR.</summary>
    private static async Task<IPage> OpenAsync(IBrowser browser, Replicas replicas, string user, int replica)
    {
        var context = await browser.NewContextAsync(new() { Permissions = ["camera", "microphone"] });
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => TestContext.Current.TestOutputHelper?.WriteLine($"{user}: {error}");
        await page.RouteAsync("**/page/**", route => route.FulfillAsync(new()
        {
            Path = FileOf(new Uri(route.Request.Url).AbsolutePath),
            ContentType = route.Request.Url.Contains(".html", StringComparison.Ordinal) ? "text/html" : "text/javascript",
        }));
        await page.GotoAsync($"{Replicas.UrlOf(replicas.Apps[replica])}/page/call.html?auto=1&token={await replicas.TokenAsync(user)}", new() { Timeout = Bound });
        await page.WaitForFunctionAsync("() => window.ready", null, new() { Timeout = Bound });
        return page;
    }

    private static string FileOf(string path) => path switch
    {
        "/page/call.html" => Scripts.InRepository("samples/call.html"),
        "/page/signalr.min.js" => Scripts.InRepository("clients/js/node_modules/@microsoft/signalr/dist/browser/signalr.min.js"),
        _ => Scripts.InRepository("clients/js/dist/" + Path.GetFileName(path)),
    };

    /// <summary>The name of the ways that the other one offers.</summary>
    private static Task<string?> UfragAsync(IPage page) => page.EvaluateAsync<string?>("() => window.statistics().then(({ ufrag }) => ufrag)");

    private static async Task<JsonElement> ConnectedAsync(IPage page)
    {
        JsonElement? statistics = null;
        await Eventually.HoldsAsync(async () =>
        {
            statistics = await page.EvaluateAsync<JsonElement?>("() => window.statistics()");
            return statistics is { } now && now.GetProperty("frames").GetInt32() > 10 && now.GetProperty("audioPackets").GetInt32() > 10 ? null : $"they see and hear each other ({statistics})";
        }, Cancelled);
        return statistics!.Value;
    }
}
