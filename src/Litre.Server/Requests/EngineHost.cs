using Litre.Inference.Serving;
using Litre.Server.Errors;

namespace Litre.Server.Requests;

/// <summary>The engine, from before it is loaded until the server stops. Thread-safe.</summary>
internal sealed class EngineHost
{
    private static readonly TimeSpan LoadingDelay = TimeSpan.FromSeconds(5);

    private volatile IAnswerEngine? _engine;
    private volatile bool _isStopping;

    public bool IsReady => _engine is not null && !_isStopping;

    public string State =>
        _isStopping ? "stopping"
        : _engine is null ? "loading"
        : "ready";

    /// <summary>The engine; null while it is loaded.</summary>
    public IAnswerEngine? Engine => _engine;

    /// <summary>From now on requests are answered.</summary>
    public void Start(IAnswerEngine engine) => _engine = engine;

    /// <summary>From now on requests are refused; those that are being answered continue.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>The engine for a new request.</summary>
    /// <exception cref="ApiException">It is being loaded, or the server stops.</exception>
    public IAnswerEngine Require() =>
        IsReady
            ? _engine!
            : throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                _isStopping ? "the server is stopping; send the request again later" : "the model is still being loaded; try again later",
                code: State
            )
            {
                RetryAfter = LoadingDelay,
            };
}
