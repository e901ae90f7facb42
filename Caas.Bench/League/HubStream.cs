namespace Caas.Bench.League;

/// <summary>What comes from a hub, byte by byte as the socket gives it: takes the WebSocket frames off and hands out whole messages of SignalR's JSON protocol. Frames and messages may be cut anywhere.</summary>
internal sealed class HubStream
{
    private const byte EndOfMessage = 0x1e;
    private const int FirstSize = 4096;

    private readonly byte[] _head = new byte[WebSocketFrames.MostHead];
    private byte[] _rest = new byte[FirstSize];
    private int _headLength;
    private int _restLength;
    private long _left;
    private bool _isData;

    /// <summary>Gets one message, without the byte that ends it.</summary>
    public delegate void Take(ReadOnlySpan<byte> message);

    /// <summary>Whether the server said farewell.</summary>
    public bool Closed { get; private set; }

    public void Read(ReadOnlySpan<byte> input, Take take)
    {
        while (input.Length > 0)
        {
            if (_left == 0 && !TryEnterFrame(ref input))
            {
                return;
            }

            var here = (int)Math.Min(_left, input.Length);
            if (_isData)
            {
                ReadMessages(input[..here], take);
            }

            _left -= here;
            input = input[here..];
        }
    }

    private bool TryEnterFrame(ref ReadOnlySpan<byte> input)
    {
        // What is left of a head that was cut stands in front.
        var had = _headLength;
        var taken = Math.Min(input.Length, _head.Length - had);
        input[..taken].CopyTo(_head.AsSpan(had));
        if (!WebSocketFrames.TryReadHead(_head.AsSpan(0, had + taken), out var opcode, out var head, out _left))
        {
            _headLength = had + taken;
            input = default;
            return false;
        }

        _headLength = 0;
        _isData = opcode <= WebSocketFrames.Text;
        Closed |= opcode == WebSocketFrames.Close;
        input = input[(head - had)..];
        return true;
    }

    private void ReadMessages(ReadOnlySpan<byte> data, Take take)
    {
        for (var end = data.IndexOf(EndOfMessage); end >= 0; end = data.IndexOf(EndOfMessage))
        {
            if (_restLength == 0)
            {
                take(data[..end]);
            }
            else
            {
                Keep(data[..end]);
                take(_rest.AsSpan(0, _restLength));
                _restLength = 0;
            }

            data = data[(end + 1)..];
        }

        Keep(data);
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_restLength + data.Length > _rest.Length)
        {
            Array.Resize(ref _rest, Math.Max(_rest.Length * 2, _restLength + data.Length));
        }

        data.CopyTo(_rest.AsSpan(_restLength));
        _restLength += data.Length;
    }
}
