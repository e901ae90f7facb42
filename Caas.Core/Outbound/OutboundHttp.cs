using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Caas.Core.Outbound;

/// <summary>
/// HTTP to addresses that others have chosen (links in messages, webhooks). A name is resolved when the connection is made, and the connection goes to the very address that was judged: whatever
/// a name resolves to later, or a redirect leads to, is judged again where it connects. No proxy, no cookies, no credentials; redirects only by <see cref="GetAsync"/>, which bounds them.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    private const int Chunk = 16 * 1024;

    private readonly HostNames _names;
    private readonly Func<IPAddress, bool> _isAllowed;
    private readonly HttpClient _http;

    public OutboundHttp(IOptions<OutboundOptions> options)
        : this(options.Value, Dns.GetHostAddressesAsync, options.Value.AllowPrivateAddresses ? _ => true : PublicAddress.Is)
    {
    }

    /// <summary>For others than link previews, by their own setting about private addresses. Whoever is slow to answer delays nobody else at the same address.</summary>
    public static OutboundHttp For(OutboundOptions options, bool allowPrivateAddresses, OutboundUse? use = null) =>
        new(options, Dns.GetHostAddressesAsync, allowPrivateAddresses ? _ => true : PublicAddress.Is, use ?? OutboundUse.Webhooks);

    /// <param name="resolve">In the place of the system's resolver, for tests.</param>
    /// <param name="isAllowed">Whether an address may be connected to.</param>
    /// <param name="clock">Of what is known of names.</param>
    internal OutboundHttp(OutboundOptions options, Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> isAllowed, OutboundUse? use = null, TimeProvider? clock = null)
    {
        use ??= OutboundUse.LinkPreviews;
        (_names, _isAllowed) = (new(resolve, clock ?? TimeProvider.System), isAllowed);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxResponseHeadersLength = 32,
            MaxConnectionsPerServer = use.ConnectionsPerHost,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = use.KeepIdle,
            PooledConnectionLifetime = use.KeepOpen,
            ConnectCallback = async (context, cancellationToken) => await ConnectAsync(context.DnsEndPoint, cancellationToken),
        };
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("CaaS/1.0");
    }

    /// <summary>Sends one request as it is; its answer is the caller's to bound and dispose. For webhooks.</summary>
    /// <exception cref="OutboundException">Its address is refused, or nothing answered.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Require(request.RequestUri);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.InnerException is OutboundException refused)
        {
            throw refused;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OutboundException(OutboundFault.NoAnswer, "nothing answered", exception);
        }
    }

    /// <summary>Gets a page for a link preview, over at most <see cref="OutboundLimits.Redirects"/> redirects, all of it within one time. Of a longer body only the beginning.</summary>
    /// <exception cref="OutboundException">It is refused, or nothing usable was answered in time.</exception>
    public async Task<OutboundAnswer> GetAsync(Uri uri, OutboundLimits limits, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limits.Timeout);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, uri);
                request.Headers.Accept.ParseAdd(limits.Accept);
                request.Headers.UserAgent.ParseAdd("CaaS/1.0 (+link preview)");
                using var answer = await SendAsync(request, both.Token);
                if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308))
                {
                    return await ReadAsync(uri, answer, limits, both.Token);
                }

                if (redirects == limits.Redirects || answer.Headers.Location is not { } location || !Uri.TryCreate(uri, location, out var next))
                {
                    throw new OutboundException(OutboundFault.Unusable, "redirected too often, or to nowhere");
                }

                uri = next;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OutboundException(OutboundFault.NoAnswer, "it took too long");
        }
    }

    public void Dispose() => _http.Dispose();

    private static void Require(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true } || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) || uri.UserInfo.Length > 0)
        {
            throw new OutboundException(OutboundFault.Forbidden, "only http and https without credentials are spoken");
        }
    }

    private static async Task<OutboundAnswer> ReadAsync(Uri uri, HttpResponseMessage answer, OutboundLimits limits, CancellationToken cancellationToken)
    {
        var type = answer.Content.Headers.ContentType;
        if (!answer.IsSuccessStatusCode || type?.MediaType is not { } mediaType || !limits.Types.Contains(mediaType, StringComparer.OrdinalIgnoreCase))
        {
            throw new OutboundException(OutboundFault.Unusable, $"status {(int)answer.StatusCode}, type {type?.MediaType}");
        }

        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var (body, read) = (new byte[Math.Min(Chunk, limits.MaxBytes)], 0);
            for (int count; read < limits.MaxBytes && (count = await stream.ReadAsync(body.AsMemory(read), cancellationToken)) > 0;)
            {
                read += count;
                if (read == body.Length)
                {
                    Array.Resize(ref body, Math.Min(limits.MaxBytes, body.Length * 2));
                }
            }

            return new(uri, mediaType.ToLowerInvariant(), type.CharSet?.Trim('"'), body.AsMemory(0, read));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException)
        {
            throw new OutboundException(OutboundFault.NoAnswer, "the answer broke off", exception);
        }
    }

    /// <summary>Connects to the first address of the host that answers, of those that are allowed: to the address itself, so that nothing is resolved again.</summary>
    private async Task<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        IPAddress[] found = IPAddress.TryParse(host.Host, out var literal) ? [literal] : await _names.ResolveAsync(host.Host, cancellationToken);
        IPAddress[] allowed = [.. found.Where(_isAllowed)];
        if (allowed.Length == 0)
        {
            throw new OutboundException(OutboundFault.Forbidden, "the address is not public");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, host.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>How much of an answer is wanted.</summary>
/// <param name="MaxBytes">Of the unpacked body.</param>
/// <param name="Types">The media types that are read.</param>
public sealed record OutboundLimits(TimeSpan Timeout, int MaxBytes, int Redirects, IReadOnlyList<string> Types, string Accept);

/// <param name="Uri">Where the last redirect led to.</param>
public sealed record OutboundAnswer(Uri Uri, string MediaType, string? CharSet, ReadOnlyMemory<byte> Body);

/// <summary>How connections are kept, by what requests are for.</summary>
/// <param name="KeepIdle">How long a connection that nobody uses stays open.</param>
/// <param name="KeepOpen">How long one stays open at most: then its name is resolved, and the address judged, again.</param>
public sealed record OutboundUse(int ConnectionsPerHost, TimeSpan KeepIdle, TimeSpan KeepOpen)
{
    public static readonly OutboundUse LinkPreviews = new(8, TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1));
    public static readonly OutboundUse Webhooks = LinkPreviews with { ConnectionsPerHost = int.MaxValue };

    /// <summary>A few hosts have nearly all of the world's browsers.</summary>
    public static readonly OutboundUse WebPush = new(int.MaxValue, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
}

/// <summary>Why there is no answer to work with.</summary>
public enum OutboundFault
{
    /// <summary>The address may not be called, and will not be later.</summary>
    Forbidden,

    /// <summary>Nobody answered, or not in time, or not to the end.</summary>
    NoAnswer,

    /// <summary>What was answered is of no use.</summary>
    Unusable,
}

/// <summary>There is no answer to work with; the message says why, for the log.</summary>
public sealed class OutboundException(OutboundFault fault, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public OutboundFault Fault { get; } = fault;
}
