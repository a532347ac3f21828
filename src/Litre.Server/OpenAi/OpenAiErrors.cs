using System.Text.Json.Serialization;
using Litre.Server.Errors;

namespace Litre.Server.OpenAi;

/// <summary>The body of an error in OpenAI's form.</summary>
internal sealed record OpenAiErrorBody(OpenAiError Error);

/// <summary>An error in OpenAI's form.</summary>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="Type">The class of errors, such as <c>invalid_request_error</c>.</param>
/// <param name="Param">The field of the request; null if the error is not about one.</param>
/// <param name="Code">The kind of error; null if it has no name.</param>
internal sealed record OpenAiError(
    string Message,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code
)
{
    /// <summary>The form, for every path that no other protocol has.</summary>
    public static ErrorShape Shape { get; } = new("", (error, _) => Of(error));

    private static OpenAiErrorBody Of(ApiException error) =>
        new(new OpenAiError(error.Message, TypeOf(error.Status), error.Parameter, error.Code));

    private static string TypeOf(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => "authentication_error",
            StatusCodes.Status403Forbidden => "permission_error",
            StatusCodes.Status404NotFound => "not_found_error",
            StatusCodes.Status429TooManyRequests => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };
}
