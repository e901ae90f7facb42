using System.Net;
using System.Text;
using Caas.Core.Outbound;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Outbound;

/// <summary>Where links lead to is judged where the connection is made. Here 127.0.0.1 stands for the public Internet, everything else for what is private.</summary>
public sealed class OutboundHttpTests : IAsyncLifetime
{
    private static readonly OutboundLimits Limits = new(TimeSpan.FromSeconds(10), 100_000, 3, ["text/html"], "text/html");

    private readonly List<string> _asked = [];
    private readonly FakeTimeProvider _clock = new();
    private readonly Queue<IPAddress[]> _resolved = new();
    private WebApplication _server = null!;
    private int _port;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.WebHost.UseUrls("http://0.0.0.0:0");
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync(Cancelled);
        _port = new Uri(_server.Urls.First()).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.0.0.1", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("198.51.100.1", false)]
    [InlineData("203.0.113.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("2a00:1450:4001::1", true)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::8.8.8.8", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("3fff::1", false)]
    [InlineData("5f00::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12:3456::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void Only_what_lies_in_the_public_Internet_is_public(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("http://user:secret@127.0.0.1/")]
    public async Task What_is_not_public_is_refused_as_the_service_is_set_up_by_default(string url)
    {
        using var http = new OutboundHttp(Options.Create(new OutboundOptions()));
        await Assert.ThrowsAsync<OutboundException>(() => http.GetAsync(new(url), Limits, Cancelled));
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        await Assert.ThrowsAsync<OutboundException>(() => http.SendAsync(request, Cancelled));
    }

    [Fact]
    public async Task A_page_is_read_over_redirects_and_only_its_beginning()
    {
        using var http = Outbound();
        var answer = await http.GetAsync(At("/to?http://127.0.0.1:{port}/to?/long"), Limits, Cancelled);
        Assert.Equal(("/long", "text/html", "utf-8", 100_000), (answer.Uri.AbsolutePath, answer.MediaType, answer.CharSet, answer.Body.Length));
        Assert.Equal("packed", Encoding.UTF8.GetString((await http.GetAsync(At("/packed"), Limits, Cancelled)).Body.Span));
    }

    [Fact]
    public async Task Only_who_asks_for_a_link_preview_says_so()
    {
        using var http = Outbound();
        using var request = new HttpRequestMessage(HttpMethod.Post, At("/close"));
        using var answer = await http.SendAsync(request, Cancelled);
        Assert.Equal("CaaS/1.0", _asked[^1]);
        await http.GetAsync(At("/close"), Limits, Cancelled);
        Assert.Equal("CaaS/1.0 (+link preview)", _asked[^1]);
    }

    [Fact]
    public async Task A_redirect_to_a_private_address_is_refused()
    {
        using var http = Outbound();
        await RefusedAsync(http, At("/to?http://127.0.0.2:{port}/inside"), "not public");
        await RefusedAsync(http, At("/to?/to?http://[::1]:{port}/inside"), "not public");
        await RefusedAsync(http, At("/to?file:///etc/passwd"), "only http");
        await RefusedAsync(http, At("/to?/to?/to?/to?/long"), "too often");
        Assert.DoesNotContain("/inside", _asked);
    }

    [Fact]
    public async Task A_name_is_judged_by_the_address_that_is_connected_to_each_time()
    {
        using var http = Outbound();

        // First outside; when it is asked for once more (the connection was closed), inside.
        _resolved.Enqueue([IPAddress.Loopback]);
        _resolved.Enqueue([IPAddress.Parse("127.0.0.2")]);
        await http.GetAsync(new($"http://rebinding.test:{_port}/close"), Limits, Cancelled);

        // What is known for seconds was judged, and is judged again; then the name is asked for anew.
        await http.GetAsync(new($"http://rebinding.test:{_port}/close"), Limits, Cancelled);
        _clock.Advance(HostNames.KeepFor);
        await RefusedAsync(http, new($"http://rebinding.test:{_port}/inside"), "not public");
        Assert.Empty(_resolved);

        // Of several only those that are allowed.
        _resolved.Enqueue([IPAddress.Parse("127.0.0.2"), IPAddress.IPv6Loopback, IPAddress.Loopback]);
        await http.GetAsync(new($"http://many.test:{_port}/close"), Limits, Cancelled);
        Assert.DoesNotContain("/inside", _asked);
        Assert.Contains("127.0.0.1", _asked);
        Assert.DoesNotContain("127.0.0.2", _asked);
    }

    [Fact]
    public async Task What_is_slow_broken_of_another_type_or_an_error_is_no_answer()
    {
        using var http = Outbound();
        await RefusedAsync(http, At("/slow"), "too long", Limits with { Timeout = TimeSpan.FromMilliseconds(300) });
        await RefusedAsync(http, At("/dripping"), "too long", Limits with { Timeout = TimeSpan.FromMilliseconds(300) });
        await RefusedAsync(http, At("/image"), "image/png");
        await RefusedAsync(http, At("/error"), "500");
        await RefusedAsync(http, At("/broken"), "");
        using var unknown = new OutboundHttp(new(), (_, _) => throw new System.Net.Sockets.SocketException(), _ => true);
        await RefusedAsync(unknown, new("http://unknown.test/"), "not known");
    }

    private OutboundHttp Outbound() => new(new(), (_, _) => Task.FromResult(_resolved.Dequeue()), IPAddress.Loopback.Equals, clock: _clock);

    private Uri At(string path) => new($"http://127.0.0.1:{_port}{path.Replace("{port}", $"{_port}", StringComparison.Ordinal)}");

    private static async Task RefusedAsync(OutboundHttp http, Uri uri, string reason, OutboundLimits? limits = null) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<OutboundException>(() => http.GetAsync(uri, limits ?? Limits, Cancelled)).WaitAsync(TimeSpan.FromSeconds(30), Cancelled)).Message, StringComparison.Ordinal);

    private async Task AnswerAsync(HttpContext http)
    {
        lock (_asked)
        {
            _asked.Add(http.Request.Path);
            _asked.Add(http.Connection.LocalIpAddress!.MapToIPv4().ToString());
            _asked.Add(http.Request.Headers.UserAgent.ToString());
        }

        var response = http.Response;
        response.ContentType = "text/html; charset=utf-8";
        switch (http.Request.Path)
        {
            case "/to":
                response.Redirect(http.Request.QueryString.Value![1..]);
                break;
            case "/long":
                await response.WriteAsync(new string('x', 500_000), http.RequestAborted);
                break;
            case "/packed":
                response.Headers.ContentEncoding = "gzip";
                await using (var gzip = new System.IO.Compression.GZipStream(response.Body, System.IO.Compression.CompressionLevel.Fastest))
                {
                    await gzip.WriteAsync("packed"u8.ToArray(), http.RequestAborted);
                }

                break;
            case "/close":
                response.Headers.Connection = "close";
                await response.WriteAsync("one", http.RequestAborted);
                break;
            case "/slow":
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "/dripping":
                await response.WriteAsync("<", http.RequestAborted);
                await response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "/image":
                response.ContentType = "image/png";
                break;
            case "/broken":
                response.ContentLength = 1_000;
                await response.WriteAsync("<", http.RequestAborted);
                await response.Body.FlushAsync(http.RequestAborted);
                http.Abort();
                break;
            default:
                response.StatusCode = 500;
                break;
        }
    }
}
