namespace Caas.Core.RateLimits;

/// <summary>One bucket as this process sees it: judged at once, told to the others in portions, corrected by what they answer.</summary>
internal sealed class TokenBucket(long created, long frequency)
{
    /// <summary>How long one spent token may be kept from the others.</summary>
    private static readonly TimeSpan TellWithin = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _at = created;
    private long _toldAt = created - (long)(TellWithin.TotalSeconds * frequency);
    private double _tokens = double.MaxValue;
    private double _perSecond = 1;
    private int _burst = 1;
    private int _untold;
    private bool _telling;

    /// <param name="tell">How many to tell the others now, and then to call <see cref="Told"/>; 0: none.</param>
    public RateLimitDecision Take(long now, double perSecond, int burst, out int tell)
    {
        lock (_lock)
        {
            (_perSecond, _burst) = (perSecond, burst);
            Refill(now);
            var allowed = _tokens >= 1;
            if (allowed)
            {
                _tokens--;
                _untold++;
            }

            tell = Begin(now);
            var missing = allowed ? burst - _tokens : 1 - _tokens;
            return new(allowed, burst, Math.Max(0, (int)_tokens), TimeSpan.FromSeconds(missing / perSecond));
        }
    }

    /// <param name="left">What is left for all, without what was spent here since; null: they cannot be asked.</param>
    /// <returns>How many to tell next; 0: none.</returns>
    public int Told(double? left, long now)
    {
        lock (_lock)
        {
            Refill(now);
            _tokens = Math.Min(_tokens, (left ?? double.MaxValue) - _untold);
            (_telling, _toldAt) = (false, now);
            return Begin(now);
        }
    }

    public bool IsFull(long now)
    {
        lock (_lock)
        {
            Refill(now);
            return _tokens >= _burst;
        }
    }

    // The first after a while at once, since others may have spent; then an eighth of the burst at a time, so that a busy user costs a question per several calls.
    private int Begin(long now)
    {
        if (_telling || _untold == 0 || (_untold < Math.Max(1, _burst / 8) && now - _toldAt < TellWithin.TotalSeconds * frequency))
        {
            return 0;
        }

        (_telling, var tell) = (true, _untold);
        _untold = 0;
        return tell;
    }

    private void Refill(long now)
    {
        _tokens = Math.Min(_burst, _tokens + ((double)Math.Max(0, now - _at) / frequency * _perSecond));
        _at = Math.Max(_at, now);
    }
}
