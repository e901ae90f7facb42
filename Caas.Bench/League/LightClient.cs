using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Caas.Bench.League;

/// <summary>Where a client goes, and what it says there.</summary>
/// <param name="Token">A user token; null: nobody asks.</param>
/// <param name="Conversation">The one that it joins.</param>
internal sealed record LightSeat(Uri Hub, string? Token, string Conversation);

/// <summary>A receiver that costs as little as one can: a socket that is read when somebody asks, without tasks, threads or parsed JSON. After <see cref="ConnectAsync"/> for one thread at a time.</summary>
internal sealed class LightClient : IDisposable
{
    private const int MostOut = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly HubStream _stream = new();
    private readonly byte[] _message = new byte[1024];
    private byte[] _out = new byte[4096];
    private int _outLength;

    private LightClient(LightSeat seat) => Seat = seat;

    public LightSeat Seat { get; }

    /// <summary>Whether the server, or its own trouble, has ended it.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Connects without negotiation, shakes hands and, where it is to, joins its conversation.</summary>
    /// <exception cref="BenchException">It was refused.</exception>
    public static async Task<LightClient> ConnectAsync(LightSeat seat, bool join, CancellationToken cancellationToken)
    {
        var client = new LightClient(seat);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await client._socket.ConnectAsync(seat.Hub.Host, seat.Hub.Port, patience.Token);
            await client.UpgradeAsync(patience.Token);
            client.Queue(HubLines.Handshake);
            await client.AskAsync(answer => answer.SequenceEqual("{}"u8), patience.Token);
            if (join)
            {
                client.Queue(HubLines.Join(seat.Conversation));
                await client.AskAsync(answer => HubLines.Read(answer, out _) == HubLineKind.Answer, patience.Token);
            }

            client._socket.Blocking = false;
            return client;
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            client.Dispose();
            throw new BenchException($"A client could not connect to {seat.Hub}: {failure.Message}", failure);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Hands out what has come.</summary>
    /// <returns>How many bytes that was.</returns>
    public int Receive(Span<byte> buffer, HubStream.Take take)
    {
        var all = 0;
        while (!IsGone)
        {
            var read = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                break;
            }

            IsGone = error != SocketError.Success || read == 0;
            _stream.Read(buffer[..read], take);
            IsGone |= _stream.Closed;
            all += read;
            if (read < buffer.Length)
            {
                break;
            }
        }

        return all;
    }

    /// <summary>Sends a message of its own into its conversation.</summary>
    public void Send(long id, long due)
    {
        Queue(_message.AsSpan(0, HubLines.WriteSend(Seat.Conversation, id, due, _message)));
        Flush();
    }

    /// <summary>Who says nothing for 30 s is taken for dead.</summary>
    public void Ping()
    {
        Queue(HubLines.Ping);
        Flush();
    }

    /// <summary>Sends what the socket had no room for.</summary>
    public void Flush()
    {
        if (_outLength == 0 || IsGone)
        {
            return;
        }

        var sent = _socket.Send(_out.AsSpan(0, _outLength), SocketFlags.None, out var error);
        if (error is SocketError.Success)
        {
            _out.AsSpan(sent, _outLength - sent).CopyTo(_out);
            _outLength -= sent;
        }

        // A server that takes nothing any more cannot be told apart from one that is gone.
        IsGone = error is not (SocketError.Success or SocketError.WouldBlock) || _outLength > MostOut;
    }

    public void Dispose() => _socket.Dispose();

    private void Queue(ReadOnlySpan<byte> message)
    {
        var most = _outLength + message.Length + WebSocketFrames.MostHead;
        if (most > _out.Length)
        {
            Array.Resize(ref _out, Math.Max(_out.Length * 2, most));
        }

        _outLength += WebSocketFrames.Write(message, _out.AsSpan(_outLength));
    }

    private async Task UpgradeAsync(CancellationToken cancellationToken)
    {
        var request = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"GET /realtime HTTP/1.1\r\nHost: {Seat.Hub.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
            .Append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
            .Append(Seat.Token is null ? "" : $"Authorization: Bearer {Seat.Token}\r\n")
            .Append("\r\n");
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request.ToString()), cancellationToken);

        // A hub says nothing before it is spoken to: nothing follows the head.
        var (head, one) = (new StringBuilder(), new byte[1024]);
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await _socket.ReceiveAsync(one, cancellationToken);
            head.Append(Encoding.ASCII.GetString(one, 0, read));
            if (read == 0 || head.Length > 16 * one.Length)
            {
                break;
            }
        }

        if (!head.ToString().StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            throw new BenchException($"{Seat.Hub} refused a client: {head.ToString().Split('\r')[0]}");
        }
    }

    /// <summary>Sends what is queued and reads until the answer has come.</summary>
    private async Task AskAsync(Predicate isAnswer, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(_out.AsMemory(0, _outLength), cancellationToken);
        _outLength = 0;
        var buffer = new byte[16 * 1024];
        for (var answered = false; !answered;)
        {
            var read = await _socket.ReceiveAsync(buffer, cancellationToken);
            string? refusal = null;
            _stream.Read(buffer.AsSpan(0, read), message =>
            {
                answered |= isAnswer(message);
                refusal = HubLines.Read(message, out _) == HubLineKind.Refusal ? Encoding.UTF8.GetString(message) : refusal;
            });
            if (refusal is not null || read == 0 || _stream.Closed)
            {
                throw new BenchException($"{Seat.Hub} refused a client: {refusal ?? "it closed the connection"}");
            }
        }
    }

    private delegate bool Predicate(ReadOnlySpan<byte> message);
}
