namespace Litre.Server.Errors;

/// <summary>A request that is refused or has failed, as its client is told.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What is wrong and what to do; never anything of another request.</param>
/// <param name="parameter">The field of the request, such as <c>messages[0].content</c>.</param>
/// <param name="code">The kind of failure for programs, such as <c>model_not_found</c>.</param>
internal sealed class ApiException(int status, string message, string? parameter = null, string? code = null) : Exception(message)
{
    /// <summary>The status of a request whose client has left, as in nginx; no client ever sees it.</summary>
    public const int ClientClosedRequest = 499;

    public int Status { get; } = status;

    public string? Parameter { get; } = parameter;

    public string? Code { get; } = code;

    /// <summary>When to try again; null if that does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A field of the request that cannot be used.</summary>
    public static ApiException Invalid(string parameter, string problem, string? code = null) =>
        new(StatusCodes.Status400BadRequest, $"{parameter}: {problem}", parameter, code);

    public static ApiException ModelNotFound(string model) =>
        new(
            StatusCodes.Status404NotFound,
            $"model: there is no model or adapter '{model}'; GET /v1/models lists those that there are",
            "model",
            "model_not_found"
        );
}
