using Litre.Server.Errors;

namespace Litre.Server.Anthropic;

/// <summary>Errors in the form of the Messages API.</summary>
internal static class MessagesErrors
{
    /// <summary>The form, for the paths of the Messages API.</summary>
    public static ErrorShape Shape { get; } = new("/v1/messages", Body);

    private static object Body(ApiException error, string requestId) =>
        MessageJson.Error(MessageJson.ErrorType(error.Status), error.Message, requestId);
}
