using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>HTTP/1.1 on a bare socket: it sends what no client library would, and knows when nothing came back.</summary>
internal static class RawHttp
{
    /// <summary>Whatever was sent, an answer or the end of the connection comes sooner; longer is a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="half">Whether the sending side is closed after the bytes: what is cut off will not go on.</param>
    /// <returns>Null: the connection ended without an answer.</returns>
    public static async Task<RawAnswer?> SendAsync(int port, ReadOnlyMemory<byte> bytes, bool half, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync("127.0.0.1", port, bound.Token);
        var stream = tcp.GetStream();
        try
        {
            try
            {
                await stream.WriteAsync(bytes, bound.Token);
                if (half)
                {
                    tcp.Client.Shutdown(SocketShutdown.Send);
                }
            }
            catch (IOException)
            {
                // It was refused before all of it was sent; the answer may be there already.
            }

            return await ReadAsync(stream, bound.Token);
        }
        catch (IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Neither an answer nor the end within {Patience.TotalSeconds} s.");
        }
    }

    /// <summary>Reads one answer: by its length, its chunks, or until the end.</summary>
    public static async Task<RawAnswer?> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var received = new List<byte>();
        var one = new byte[1];
        while (!EndsHead(received))
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
            {
                return null;
            }

            received.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. received]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToLookup(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "", StringComparer.OrdinalIgnoreCase);
        var body = status is 204 or 304 or < 200 ? [] : await ReadBodyAsync(stream, headers, cancellationToken);
        return new(status, string.Join("\n", lines), Encoding.UTF8.GetString(body));
    }

    private static async Task<byte[]> ReadBodyAsync(NetworkStream stream, ILookup<string, string> headers, CancellationToken cancellationToken)
    {
        if (headers["Content-Length"].FirstOrDefault() is { } length)
        {
            var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
            await stream.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        if (!headers["Transfer-Encoding"].Contains("chunked"))
        {
            return [];
        }

        var all = new List<byte>();
        while (true)
        {
            var size = int.Parse(await ReadLineAsync(stream, cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var chunk = new byte[size + 2];
            await stream.ReadExactlyAsync(chunk, cancellationToken);
            if (size == 0)
            {
                return [.. all];
            }

            all.AddRange(chunk.AsSpan(0, size));
        }
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < 2 || line[^1] != '\n')
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd();
    }

    private static bool EndsHead(List<byte> bytes) => bytes.Count >= 4 && bytes[^1] == '\n' && bytes[^2] == '\r' && bytes[^3] == '\n' && bytes[^4] == '\r';
}

/// <summary>What came back.</summary>
internal sealed record RawAnswer(int Status, string Head, string Body)
{
    /// <summary>The problem's code; null: the body is no problem.</summary>
    public string? Code
    {
        get
        {
            try
            {
                using var json = JsonDocument.Parse(Body);
                return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary>This answer, if it has the status.</summary>
    public RawAnswer Expect(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Body}");
        return this;
    }
}
