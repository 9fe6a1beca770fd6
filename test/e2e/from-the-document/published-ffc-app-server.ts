// Generated from the OpenAPI document by scripts/docs/open-api-types.ts ("npm run docs").
export interface paths {
  '/v2/apps/me/members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List members */
    get: operations['AppsServerApiMembersController_listMembers'];
    put?: never;
    /**
     * Register or update a member
     * @description A new member gets its stream key with it. Of one that exists, what the body names is changed, and null removes. One that was deleted is there again, with a new key.
     */
    post: operations['AppsServerApiMembersController_upsertMember'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a member */
    get: operations['AppsServerApiMembersController_getMember'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Update a member
     * @description Changes what the body names; null removes a value.
     */
    patch: operations['AppsServerApiMembersController_updateMember'];
    trace?: never;
  };
  '/v2/apps/me/members/{appUserIds}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Delete members
     * @description All of them or none: where one is unknown, or its stream key is in use, or a room of it is live, nothing is deleted. Their stream keys and relations go too, and their scheduled broadcasts are cancelled.
     */
    delete: operations['AppsServerApiMembersController_deleteMember'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/stream-key': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a member's stream key */
    get: operations['AppsServerApiMembersController_getMemberStreamKey'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/stream-key/force-terminate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cut a member's encoder, end its broadcast and replace the key
     * @description The key is INACTIVE afterwards and has a new name. A running broadcast ends at once and is not kept as a VOD. Where nothing is published, nothing changes.
     */
    post: operations['AppsServerApiMembersController_forceTerminateMemberStreamKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/login': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Log a member in
     * @description Registers the member at the first login and updates the profile at each. Hand the tokens to the client.
     */
    post: operations['AppsServerApiMembersController_loginMember'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/login-as-guest': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Let a guest in
     * @description For somebody who is not logged in to your app. A guest owns no stream key and no video room.
     */
    post: operations['AppsServerApiMembersController_loginAsGuest'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/revoke-tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take back all of a member's tokens
     * @description Access, refresh and streaming tokens end: for the API at the next request, for viewers within 30 s.
     */
    post: operations['AppsServerApiMembersController_revokeMemberTokens'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/streaming-tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Get a streaming token of the app's own
     * @description Opens every video room and video post of the app, whatever its access level.
     */
    post: operations['AppsServerApiStreamingTokensController_createStreamingToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/followings/{targetAppUserId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** See whether a member follows another one */
    get: operations['AppsServerApiRelationsController_getFollowing'];
    /**
     * Follow a member
     * @description From now on the member may watch what the other one opens to followers. Safe to repeat.
     */
    put: operations['AppsServerApiRelationsController_putFollowing'];
    post?: never;
    /** Stop following a member */
    delete: operations['AppsServerApiRelationsController_deleteFollowing'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/followings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List whom a member follows */
    get: operations['AppsServerApiRelationsController_listFollowings'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/followers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List who follows a member */
    get: operations['AppsServerApiRelationsController_listFollowers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/friends/{targetAppUserId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Ask a member for friendship, or accept
     * @description Two members are friends once each has put the other. Safe to repeat.
     */
    put: operations['AppsServerApiRelationsController_putFriend'];
    post?: never;
    /** End a friendship, or decline or take back a request */
    delete: operations['AppsServerApiRelationsController_deleteFriend'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/friends': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List a member's friends */
    get: operations['AppsServerApiRelationsController_listFriends'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/friend-requests': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List who asks a member for friendship */
    get: operations['AppsServerApiRelationsController_listFriendRequests'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/stream-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List stream keys */
    get: operations['AppsServerApiStreamKeysController_listStreamKeys'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/stream-keys/{streamKeyId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a stream key */
    get: operations['AppsServerApiStreamKeysController_getStreamKey'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Choose profile and output mode of a stream key
     * @description Both count from the next publish on. A broadcast that is live keeps the pictures that it began with.
     */
    patch: operations['AppsServerApiStreamKeysController_updateStreamKey'];
    trace?: never;
  };
  '/v2/apps/me/stream-keys/{streamKeyId}/reissue': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Replace a stream key that is not in use
     * @description Only while it is INACTIVE. The old key is refused from the answer on. Asked again with the same Idempotency-Key, the present key is answered and nothing is replaced.
     */
    post: operations['AppsServerApiStreamKeysController_reissueStreamKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/stream-keys/{streamKeyId}/force-terminate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cut the encoder, end its broadcast and replace the key */
    post: operations['AppsServerApiStreamKeysController_forceTerminate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/transcoding-profiles': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List transcoding profiles */
    get: operations['AppsServerApiTranscodingProfilesController_listTranscodingProfiles'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/transcoding-profiles/{profileId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a transcoding profile */
    get: operations['AppsServerApiTranscodingProfilesController_getTranscodingProfile'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List video rooms */
    get: operations['AppsServerApiVideoRoomsController_listVideoRooms'];
    put?: never;
    /**
     * Create a video room
     * @description A room of type BROADCAST_RTMP needs `scheduledAt` and can go live. Rooms of the other types are kept and shown; they have no start and no end.
     */
    post: operations['AppsServerApiVideoRoomsController_createVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a video room */
    get: operations['AppsServerApiVideoRoomsController_getVideoRoom'];
    put?: never;
    post?: never;
    /**
     * Delete a video room
     * @description A scheduled broadcast is cancelled first; a live one is refused. Its video post stays until that is deleted itself; recordings without one are removed from storage.
     */
    delete: operations['AppsServerApiVideoRoomsController_deleteVideoRoom'];
    options?: never;
    head?: never;
    /**
     * Change a video room
     * @description A field that is absent is left as it is; null removes it. `scheduledAt` can be changed while the room is SCHEDULED. `reconnectWindow` may be changed at any time: it counts from the last drop.
     */
    patch: operations['AppsServerApiVideoRoomsController_updateVideoRoom'];
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a video room's log
     * @description Each transition of the room, numbered 1, 2, 3, … without a gap. Ask again with the last number that you have as `after`; you have them all when that is `last`.
     */
    get: operations['AppsServerApiVideoRoomsController_listVideoRoomEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Go live
     * @description Also at: `/video-rooms/{videoRoomId}/start`
     */
    post: operations['AppsServerApiVideoRoomsController_startRtmpBroadcast'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/ended': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End the broadcast
     * @description Also at: `/video-rooms/{videoRoomId}/end`
     */
    post: operations['AppsServerApiVideoRoomsController_endRtmpBroadcast'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cancel a scheduled broadcast */
    post: operations['AppsServerApiVideoRoomsController_cancelRtmpBroadcast'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List video posts
     * @description Also filtered by custom data: `customData.<name>=<value>`, as often as needed.
     */
    get: operations['AppsServerApiVideoPostsController_listVideoPosts'];
    put?: never;
    /**
     * Create a video post
     * @description Its file is uploaded next; until then it is CREATED.
     */
    post: operations['AppsServerApiVideoPostsController_createVideoPost'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a video post */
    get: operations['AppsServerApiVideoPostsController_getVideoPost'];
    put?: never;
    post?: never;
    /**
     * Delete a video post
     * @description Its files go too. Refused while it is processed, and while its room is live or being archived.
     */
    delete: operations['AppsServerApiVideoPostsController_deleteVideoPost'];
    options?: never;
    head?: never;
    /**
     * Update a video post
     * @description Absent fields are left as they are, null removes. Profiles can be changed until transcoding begins.
     */
    patch: operations['AppsServerApiVideoPostsController_updateVideoPost'];
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Retry a failed video post (ours)
     * @description Queues a post in FAILED_QUEUING or FAILED_PROCESSING once more.
     */
    post: operations['AppsServerApiVideoPostsController_retryVideoPost'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/src-file/request-upload-urls': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Request URLs to upload the source
     * @description PUT each part to its URL, in any order, and keep the ETag of each answer. URLs are valid for an hour: asked again with the same size and number of parts, they are renewed, and finished parts are kept. What is not completed goes after 24 hours.
     */
    post: operations['AppsServerApiVideoPostsController_requestVideoPostUploadUrls'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/src-file/complete-upload': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Complete the upload of the source
     * @description Names every part with its ETag, in any order. The file is looked at next: `uploads` of the post tells what came of it. Repeated, it changes nothing; once the file was refused it says UPLOAD_REFUSED.
     */
    post: operations['AppsServerApiVideoPostsController_completeVideoPostUploads'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/thumbnail-file/request-upload-url': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Request URLs to upload the thumbnail
     * @description PUT each part to its URL, in any order, and keep the ETag of each answer. URLs are valid for an hour: asked again with the same size and number of parts, they are renewed, and finished parts are kept. What is not completed goes after 24 hours.
     *
     *     Also at: `/video-posts/{videoPostId}/thumbnail-file/request-upload-urls`
     */
    post: operations['AppsServerApiVideoPostsController_requestVideoPostThumbnailUploadUrl'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/thumbnail-file/complete-upload': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Complete the upload of the thumbnail
     * @description Names every part with its ETag, in any order. The file is looked at next: `uploads` of the post tells what came of it. Repeated, it changes nothing; once the file was refused it says UPLOAD_REFUSED.
     */
    post: operations['AppsServerApiVideoPostsController_completeVideoPostThumbnailUpload'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/preview-file/request-upload-url': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Request URLs to upload the preview
     * @description PUT each part to its URL, in any order, and keep the ETag of each answer. URLs are valid for an hour: asked again with the same size and number of parts, they are renewed, and finished parts are kept. What is not completed goes after 24 hours.
     *
     *     Also at: `/video-posts/{videoPostId}/preview-file/request-upload-urls`
     */
    post: operations['AppsServerApiVideoPostsController_requestVideoPostPreviewUploadUrl'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/preview-file/complete-upload': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Complete the upload of the preview
     * @description Names every part with its ETag, in any order. The file is looked at next: `uploads` of the post tells what came of it. Repeated, it changes nothing; once the file was refused it says UPLOAD_REFUSED.
     */
    post: operations['AppsServerApiVideoPostsController_completeVideoPostPreviewUpload'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/allowed-members/{appUserId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Allow a member to watch
     * @description Counts while the access level is RESTRICTED. Allowing a member twice is no error.
     */
    put: operations['AppsServerApiVideoRoomsController_allowMember'];
    post?: never;
    /**
     * Take a member off the allow-list
     * @description Whoever is watching is cut within 30 seconds. A member who is not on the list is no error.
     */
    delete: operations['AppsServerApiVideoRoomsController_disallowMember'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/allowed-members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the allowed members
     * @description Ordered by when a member was put on the list, or was changed.
     */
    get: operations['AppsServerApiVideoRoomsController_listAllowedMembers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/allowed-members/{appUserId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Allow a member to watch
     * @description Counts while the access level is RESTRICTED. Allowing a member twice is no error.
     */
    put: operations['AppsServerApiVideoPostsController_allowMember'];
    post?: never;
    /**
     * Take a member off the allow-list
     * @description Whoever is watching is cut within 30 seconds. A member who is not on the list is no error.
     */
    delete: operations['AppsServerApiVideoPostsController_disallowMember'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-posts/{videoPostId}/allowed-members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the allowed members
     * @description Ordered by when a member was put on the list, or was changed.
     */
    get: operations['AppsServerApiVideoPostsController_listAllowedMembers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/callbacks/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List callbacks and what came of them
     * @description Each callback once, with its state, how often it was tried and what the receiver last answered. Settled ones are kept for 30 days, the newest of each room, key and post for good.
     */
    get: operations['AppsServerApiCallbacksController_listCallbackDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/callbacks/deliveries/{deliveryId}/resend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send a callback again
     * @description With the same id and number as before, whatever its state, by the same rules of repetition. One that was settled is sent beside its line: later ones of the same room, key or post do not wait for it.
     */
    post: operations['AppsServerApiCallbacksController_resendCallbackDelivery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/callbacks/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send callbacks again from a number on
     * @description All callbacks of one room, stream key or video post whose number is above `after` (default 0: all), in their order, with the same ids and numbers as before.
     */
    post: operations['AppsServerApiCallbacksController_replayCallbacks'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get the chat room */
    get: operations['AppsServerApiChatController_getChatRoom'];
    put?: never;
    /** Create the chat room of a video room */
    post: operations['AppsServerApiChatController_createChatRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/close': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Close the chat room */
    post: operations['AppsServerApiChatController_closeChatRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List who is in the chat room */
    get: operations['AppsServerApiChatController_listChatRoomMembers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/admin/messages/broadcast': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send an admin message to all */
    post: operations['AppsServerApiChatController_broadcastChatMessage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/admin/messages/direct': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send an admin message to some members */
    post: operations['AppsServerApiChatController_sendDirectChatMessage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/messages/{messageId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a chat message */
    get: operations['AppsServerApiChatController_getChatMessage'];
    put?: never;
    post?: never;
    /** Delete a chat message */
    delete: operations['AppsServerApiChatController_deleteChatMessage'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/messages/{messageId}/hide': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Hide a chat message */
    post: operations['AppsServerApiChatController_hideChatMessage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/video-rooms/{videoRoomId}/chat-room/messages/{messageId}/unhide': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Show a hidden chat message again */
    post: operations['AppsServerApiChatController_unhideChatMessage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/banned-chat-words': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ban words from all chats of the app
     * @description A member’s message that contains one, in whatever case, is refused.
     */
    post: operations['AppsServerApiChatController_banChatWords'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/banned-chat-words/{words}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Allow banned words again */
    delete: operations['AppsServerApiChatController_allowChatWords'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/guest-chat-tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Issue a guest’s chat token (not built yet) */
    post: operations['AppsServerApiChatController_issueGuestChatToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps/me/members/{appUserId}/chat-tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Issue a chat token (not built yet) */
    post: operations['AppsServerApiChatController_issueChatToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Member: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      appUserId: string;
      appUserName: string | null;
      appUserProfileImgUrl: string | null;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      email: string | null;
      country: string | null;
      lang: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    StreamKey: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** @enum {string} */
      streamKeyState:
        'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';
      forciblyTerminated: boolean;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
        /** @enum {string} */
        defaultRtmpOutputMode: 'RTMP' | 'CMAF' | 'RTMP_CMAF';
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
      };
      videoRoom: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        videoRoomState: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED' | 'ARCHIVED';
        type: string;
        title: string;
      } | null;
      ingestUrl: string;
      streamKey: string;
      /**
       * @description Mode of what is published now; null where nothing is.
       * @enum {string|null}
       */
      mode: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
      /**
       * @description The key's own output mode; null leaves it to the app.
       * @enum {string|null}
       */
      defaultRtmpOutputMode: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
      playUrl: string | null;
      cmafHlsPlayUrl: string | null;
      cmafDashPlayUrl: string | null;
      rtmpPlayUrl: string | null;
      httpFlvPlayUrl: string | null;
      liveUrl: string | null;
      profile: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        type: 'VIDEO' | 'THUMBNAIL' | 'PREVIEW' | 'BROADCAST_RTMP';
        name: string;
        /** @description What it says depends on its type. BROADCAST_RTMP: segmentDuration in seconds, videoStreams with pixels and bits per second, audioStream, drm. VIDEO: format (CMAF: HLS, DASH and MP4; MP4: that alone), segmentDuration, maxFrameRate, videoStreams with their short sides. THUMBNAIL: format, longSide in pixels, atFraction of the length. PREVIEW: these, seconds and frameRate. */
        profile: {
          [key: string]: unknown;
        };
        revision: number;
      };
      error: {
        code?: string;
        message: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        occurredAt?: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    MemberTokens: {
      /**
       * @description Opens the member API for 24 hours, as a Bearer token.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      accessToken: string;
      /**
       * @description Renews all three tokens, once; used within 30 days.
       * @example rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0
       */
      refreshToken: string;
      /**
       * @description Opens what the member may watch: add it to a play URL as `streamingToken`.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      streamingToken: string;
      member: components['schemas']['Member'];
    };
    StreamingToken: {
      /**
       * @description Add it to a play URL as `streamingToken`.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      streamingToken: string;
    };
    Relation: {
      /** @description The other member. */
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
    };
    Friendship: {
      /** @description The other member. */
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
      };
      /**
       * @description True once both members have put each other.
       * @example true
       */
      confirmed: boolean;
    };
    TranscodingProfile: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** @enum {string} */
      type: 'VIDEO' | 'THUMBNAIL' | 'PREVIEW' | 'BROADCAST_RTMP';
      name: string;
      /** @description What it says depends on its type. BROADCAST_RTMP: segmentDuration in seconds, videoStreams with pixels and bits per second, audioStream, drm. VIDEO: format (CMAF: HLS, DASH and MP4; MP4: that alone), segmentDuration, maxFrameRate, videoStreams with their short sides. THUMBNAIL: format, longSide in pixels, atFraction of the length. PREVIEW: these, seconds and frameRate. */
      profile: {
        [key: string]: unknown;
      };
      revision: number;
      /** @enum {string} */
      creatorType: 'SYSTEM' | 'APP';
      /** @enum {string} */
      representativeType: 'DEFAULT' | 'NON_DEFAULT';
      /** @description The app that it was made for; null for all. */
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      } | null;
      description: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    VideoRoom: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** Format: uuid */
      uuid: string;
      /** @enum {string} */
      type:
        | 'BROADCAST_RTMP'
        | 'VIDEO_CONFERENCE'
        | 'WEBINAR'
        | 'VIDEO_SURVEILLANCE'
        | 'BROADCAST_WEBRTC'
        | 'SURVEILLANCE'
        | 'INTERACTIVE_MEETING';
      /** @enum {string} */
      protocol: 'RTMP' | 'WEB_RTC';
      /** @enum {string} */
      videoRoomState: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED' | 'ARCHIVED';
      forciblyTerminated: boolean;
      /** @enum {string} */
      vodState: 'NOT_ARCHIVED' | 'ARCHIVING' | 'ARCHIVED' | 'FAILED_ARCHIVING';
      vodUrl: string | null;
      accessLevel: string;
      /** @enum {string} */
      format: 'UNDEFINED' | 'RTMP' | 'CMAF' | 'RTMP_CMAF';
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
        customType: string | null;
      };
      channel: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        channelState: string;
        name: string;
      };
      /** @enum {string} */
      creatorType: 'USER' | 'APP' | 'MEMBER';
      creatorId: number;
      title: string;
      description: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      policy: {
        hasPassword: boolean;
        manuallyApproval: boolean;
        canAutoRoomCompositeRecording: boolean;
      };
      reconnectWindow: number | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      scheduledAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      cancelledAt: string | null;
      lastSessionNo: number;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      liveStartedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      liveEndedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      vodArchivedAt: string | null;
      streamKey: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        streamKeyState:
          'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';
      } | null;
      playUrl: string | null;
      cmafHlsPlayUrl: string | null;
      cmafDashPlayUrl: string | null;
      rtmpPlayUrl: string | null;
      httpFlvPlayUrl: string | null;
      liveUrl: string | null;
      videoPostId: number | null;
      videoPost: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        videoPostState: string;
        type: string;
        title: string;
      } | null;
      chat: {
        videoKey: string;
        channelKey: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        createdAt: string | null;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        closedAt: string | null;
        created: boolean;
        closed: boolean;
      };
      stats: {
        totalMemberWhitelistCount: number;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
      createdBy: null;
      lastModifiedBy: null;
    };
    VideoRoomEvents: {
      content: components['schemas']['VideoRoomEvent'][];
      /**
       * @description Number of the room's last event.
       * @example 4
       */
      last: number;
    };
    VideoRoomEvent: {
      number: number;
      /**
       * @description Entity and state, as in callbacks.
       * @example VIDEO_ROOM_LIVE
       */
      type: string;
      /**
       * @description The state before; null in the first entry.
       * @example SCHEDULED
       */
      from: string | null;
      /**
       * @description The state after.
       * @example LIVE
       */
      to: string;
      /**
       * @description Why, in one word.
       * @example go_live
       */
      reason: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      at: string;
      /**
       * @description The ingest session that was on at that time.
       * @example node-1-3f2a
       */
      sessionId: string | null;
      /**
       * @description Who brought it about: the app, a member (then `memberId`), the encoder, the system itself, or an operator. Null: not known.
       * @example {
       *       "type": "APP",
       *       "memberId": null
       *     }
       */
      actor: {
        /** @enum {string} */
        type: 'APP' | 'MEMBER' | 'ENCODER' | 'SYSTEM' | 'OPERATOR';
        memberId: number | null;
      } | null;
    };
    VideoPost: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** @enum {string} */
      videoPostState:
        | 'CREATED'
        | 'UPLOADED'
        | 'QUEUED'
        | 'PROCESSING'
        | 'PROCESSED'
        | 'FAILED_UPLOAD'
        | 'FAILED_QUEUING'
        | 'FAILED_PROCESSING';
      /** @enum {string} */
      type: 'LIVE_RECORDED' | 'PRE_RECORDED';
      accessLevel: string;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
      };
      /** @enum {string} */
      creatorType: 'USER' | 'APP' | 'MEMBER';
      creatorId: number;
      videoRoom: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string|null}
         */
        state: 'ACTIVE' | 'DELETED' | null;
        type: string | null;
        title: string | null;
      } | null;
      title: string;
      description: string | null;
      transcodingProfile: {
        video: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          name: string;
        } | null;
        preview: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          name: string;
        } | null;
        thumbnail: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          name: string;
        } | null;
      };
      file: {
        src: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          contentType: string;
          size: number;
          originalFileName: string;
          url: string;
          drm: {
            isProtected: boolean;
            contentId: string | null;
          };
        } | null;
        processed: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          contentType: string;
          size: number;
          originalFileName: string;
          url: string;
          drm: {
            isProtected: boolean;
            contentId: string | null;
          };
        }[];
        processedSummaries: {
          /** @enum {string} */
          format: 'MP4' | 'CMAF_HLS' | 'CMAF_MPEG_DASH';
          size: number | null;
          url: string;
          masterPlaylistFileId: number | null;
          masterPlaylistFileIds: number[];
          mediaSegmentFileIds: number[];
        }[];
        preview: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          contentType: string;
          size: number;
          originalFileName: string;
          url: string;
          drm: {
            isProtected: boolean;
            contentId: string | null;
          };
        } | null;
        thumbnail: {
          id: number;
          /**
           * @description ACTIVE, or DELETED for what was removed.
           * @enum {string}
           */
          state: 'ACTIVE' | 'DELETED';
          type: string;
          contentType: string;
          size: number;
          originalFileName: string;
          url: string;
          drm: {
            isProtected: boolean;
            contentId: string | null;
          };
        } | null;
      };
      /** @description What came of the newest upload of each file (ours). */
      uploads: {
        /** @enum {string} */
        kind: 'src' | 'thumbnail' | 'preview';
        /**
         * @description OPEN: parts come in. COMPLETED: it is being looked at. TAKEN: it is the file of the post. REFUSED: it can not be used, and the post keeps what it had.
         * @enum {string}
         */
        state: 'OPEN' | 'COMPLETED' | 'TAKEN' | 'REFUSED' | 'EXPIRED';
        originalFileName: string;
        size: number;
        /** @description Why it was refused. */
        error: {
          code?: string;
          message: string;
          /**
           * Format: date-time
           * @example 2026-11-21T12:00:00.000Z
           */
          occurredAt?: string;
        } | null;
      }[];
      /** @description Why uploading, queuing or processing failed, while it is in such a state (ours). */
      error: {
        code?: string;
        message: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        occurredAt?: string;
      } | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      stats: {
        totalMemberWhitelistCount: number;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      uploadedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      uploadFailedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    UploadUrl: {
      /**
       * @description From 1.
       * @example 1
       */
      partNumber: number;
      /** @description Takes the part by PUT, for an hour. */
      uploadUrl: string;
    };
    CallbackDelivery: {
      /** @description Of this log. */
      id: number;
      /**
       * Format: uuid
       * @description The callback's id as its receiver sees it: `id` of the body and the header `webhook-id`. The same over all attempts.
       */
      callbackId: string;
      /** @enum {string} */
      entity: 'STREAM_KEY' | 'VIDEO_ROOM' | 'VIDEO_POST';
      entityId: number;
      /** @description Counts the callbacks of its room, stream key or video post: 1, 2, 3, ... */
      number: number;
      /**
       * @description What happened.
       * @example STREAM_KEY_INACTIVE
       */
      type: string;
      /**
       * @description PENDING: to be sent, maybe again. DELIVERED: answered with 2xx. PARKED: given up; send it again when the receiver is mended.
       * @enum {string}
       */
      deliveryState: 'PENDING' | 'DELIVERED' | 'PARKED';
      /** @description So far. */
      attempts: number;
      /** @description HTTP status of the last attempt's answer; null without an answer. */
      lastStatus: number | null;
      /** @description Why the last attempt got no answer, for example ECONNREFUSED, DEADLINE or ADDRESS_REFUSED. */
      lastError: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastAttemptAt: string | null;
      /**
       * Format: date-time
       * @description Not before; null once it is settled. It also waits for the earlier ones of its room, key or post.
       * @example 2026-11-21T12:00:00.000Z
       */
      nextAttemptAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      deliveredAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
    };
    CallbackReplay: {
      replayed: number;
    };
    ChatRoom: {
      videoKey: string;
      channelKey: string;
      totalChatMessageCount: number;
      totalChatMemberCount: number;
      closed: boolean;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
    };
    ChatRoomMembers: {
      nextCursor: number;
      count: number;
      content: {
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        joinedAt: string;
      }[];
    };
    SentChatMessage: {
      videoKey: string;
      channelKey: string;
      messageId: number;
    };
    ChatMessage: {
      videoKey: string;
      channelKey: string;
      messageId: number;
      messageType: string;
      customType: string | null;
      message: string | null;
      data: {
        [key: string]: unknown;
      } | null;
      receiverAppUserIds: string[];
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  AppsServerApiMembersController_listMembers: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?:
          | 'CREATED_AT_ASC'
          | 'CREATED_AT_DESC'
          | 'LAST_MODIFIED_AT_ASC'
          | 'LAST_MODIFIED_AT_DESC'
          | 'APP_USER_ID_ASC'
          | 'APP_USER_ID_DESC';
        /** @description Just this member. */
        appUserId?: string;
        /** @description Part of the name, whatever its case. */
        appUserName?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "appUserId": "alice",
           *           "appUserName": "Alice",
           *           "appUserProfileImgUrl": "https://example.com/alice.png",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "email": "alice@example.com",
           *           "country": "text",
           *           "lang": "text",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Member'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_upsertMember: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "appUserId": "alice",
         *       "appUserName": "Alice"
         *     }
         */
        'application/json': {
          /**
           * @description Your own id of the member: letters, digits, "-" and "_".
           * @example alice
           */
          appUserId: string;
          /**
           * @description Name to show.
           * @example Alice
           */
          appUserName?: string | null;
          /**
           * @description Address of a picture.
           * @example https://example.com/alice.png
           */
          appUserProfileImgUrl?: string | null;
          /**
           * @description Mail address.
           * @example alice@example.com
           */
          email?: string | null;
          /**
           * @description Country code.
           * @example KR
           */
          country?: string | null;
          /**
           * @description Language code.
           * @example ko
           */
          lang?: string | null;
          /**
           * @description A type of your own.
           * @example host
           */
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "appUserId": "alice",
           *       "appUserName": "Alice",
           *       "appUserProfileImgUrl": "https://example.com/alice.png",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "email": "alice@example.com",
           *       "country": "text",
           *       "lang": "text",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Member'];
        };
      };
      /**
       * @description - `EMPTY_APP_USER_ID`: appUserId is required.
       *     - `INVALID_APP_USER_ID_FORMAT`: appUserId takes letters, digits, "-" and "_", at most 64.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_USER_ID",
           *       "errorMessage": "appUserId is required."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'EMPTY_APP_USER_ID'
              | 'INVALID_APP_USER_ID_FORMAT'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_getMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "appUserId": "alice",
           *       "appUserName": "Alice",
           *       "appUserProfileImgUrl": "https://example.com/alice.png",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "email": "alice@example.com",
           *       "country": "text",
           *       "lang": "text",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Member'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_updateMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "appUserName": "Alice B.",
         *       "appUserProfileImgUrl": null
         *     }
         */
        'application/json': {
          /**
           * @description Name to show.
           * @example Alice
           */
          appUserName?: string | null;
          /**
           * @description Address of a picture.
           * @example https://example.com/alice.png
           */
          appUserProfileImgUrl?: string | null;
          /**
           * @description Mail address.
           * @example alice@example.com
           */
          email?: string | null;
          /**
           * @description Country code.
           * @example KR
           */
          country?: string | null;
          /**
           * @description Language code.
           * @example ko
           */
          lang?: string | null;
          /**
           * @description A type of your own.
           * @example host
           */
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "appUserId": "alice",
           *       "appUserName": "Alice",
           *       "appUserProfileImgUrl": "https://example.com/alice.png",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "email": "alice@example.com",
           *       "country": "text",
           *       "lang": "text",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Member'];
        };
      };
      /**
       * @description - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED",
           *       "errorMessage": "customType takes at most 50 characters."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_deleteMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description One of your own ids, or several separated by commas (100 at most). */
        appUserIds: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `MEMBER_IN_USE`: The member is broadcasting. Stop the encoder and end the broadcast first; nothing was deleted.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IN_USE",
           *       "errorMessage": "The member is broadcasting. Stop the encoder and end the broadcast first; nothing was deleted."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IN_USE' | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_getMemberStreamKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "streamKeyState": "INACTIVE",
           *       "forciblyTerminated": false,
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app",
           *         "defaultRtmpOutputMode": "RTMP"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoRoomState": "SCHEDULED",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "ingestUrl": "rtmp://media.example.com:1935/live",
           *       "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *       "mode": "RTMP",
           *       "defaultRtmpOutputMode": "RTMP",
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "profile": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "VIDEO",
           *         "name": "My app",
           *         "profile": {},
           *         "revision": 1
           *       },
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['StreamKey'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_NOT_FOUND`: There is no such member in this app.
       *     - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND' | 'STREAM_KEY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_forceTerminateMemberStreamKey: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_NOT_FOUND`: There is no such member in this app.
       *     - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND' | 'STREAM_KEY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_loginMember: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "appUserId": "alice",
         *       "appUserName": "Alice"
         *     }
         */
        'application/json': {
          /**
           * @description Your own id of the member: letters, digits, "-" and "_".
           * @example alice
           */
          appUserId: string;
          /**
           * @description Name to show.
           * @example Alice
           */
          appUserName?: string | null;
          /**
           * @description Address of a picture.
           * @example https://example.com/alice.png
           */
          appUserProfileImgUrl?: string | null;
          /**
           * @description Mail address.
           * @example alice@example.com
           */
          email?: string | null;
          /**
           * @description Country code.
           * @example KR
           */
          country?: string | null;
          /**
           * @description Language code.
           * @example ko
           */
          lang?: string | null;
          /**
           * @description A type of your own.
           * @example host
           */
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "refreshToken": "rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0",
           *       "streamingToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "app": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "name": "My app"
           *         },
           *         "email": "alice@example.com",
           *         "country": "text",
           *         "lang": "text",
           *         "customType": "text",
           *         "customData": {
           *           "color": "red"
           *         },
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['MemberTokens'];
        };
      };
      /**
       * @description - `EMPTY_APP_USER_ID`: appUserId is required.
       *     - `INVALID_APP_USER_ID_FORMAT`: appUserId takes letters, digits, "-" and "_", at most 64.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_USER_ID",
           *       "errorMessage": "appUserId is required."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'EMPTY_APP_USER_ID'
              | 'INVALID_APP_USER_ID_FORMAT'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_loginAsGuest: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "refreshToken": "rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0",
           *       "streamingToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "app": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "name": "My app"
           *         },
           *         "email": "alice@example.com",
           *         "country": "text",
           *         "lang": "text",
           *         "customType": "text",
           *         "customData": {
           *           "color": "red"
           *         },
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['MemberTokens'];
        };
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiMembersController_revokeMemberTokens: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description The member's id in your app. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiStreamingTokensController_createStreamingToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "streamingToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl"
           *     }
           */
          'application/json': components['schemas']['StreamingToken'];
        };
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_getFollowing: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
        /** @description Your own id of the other member. */
        targetAppUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "member": {
           *         "id": 12,
           *         "state": "ACTIVE",
           *         "appUserId": "bob",
           *         "appUserName": "Bob",
           *         "appUserProfileImgUrl": null
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Relation'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_NOT_FOUND`: There is no such member in this app.
       *     - `RELATION_NOT_FOUND`: There is no such relation between these members.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND' | 'RELATION_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_putFollowing: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
        /** @description Your own id of the other member. */
        targetAppUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description - `RELATION_TO_ONESELF`: A member can not follow itself, nor be its own friend. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "RELATION_TO_ONESELF",
           *       "errorMessage": "A member can not follow itself, nor be its own friend."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'RELATION_TO_ONESELF';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_deleteFollowing: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
        /** @description Your own id of the other member. */
        targetAppUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_listFollowings: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC';
      };
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Relation'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_listFollowers: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC';
      };
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Relation'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_putFriend: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
        /** @description Your own id of the other member. */
        targetAppUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "member": {
           *         "id": 12,
           *         "state": "ACTIVE",
           *         "appUserId": "bob",
           *         "appUserName": "Bob",
           *         "appUserProfileImgUrl": null
           *       },
           *       "confirmed": true
           *     }
           */
          'application/json': components['schemas']['Friendship'];
        };
      };
      /** @description - `RELATION_TO_ONESELF`: A member can not follow itself, nor be its own friend. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "RELATION_TO_ONESELF",
           *       "errorMessage": "A member can not follow itself, nor be its own friend."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'RELATION_TO_ONESELF';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_deleteFriend: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
        /** @description Your own id of the other member. */
        targetAppUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_listFriends: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC';
      };
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Relation'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiRelationsController_listFriendRequests: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC';
      };
      header?: never;
      path: {
        /** @description Your own id of the member. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Relation'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiStreamKeysController_listStreamKeys: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
        /** @description Just the key of this member. */
        memberId?: number;
        /** @description Just the key of this member. */
        appUserId?: string;
        /** @description Part of the member's name, whatever its case. */
        appUserName?: string;
        /** @description The key that holds this room. */
        videoRoomId?: number;
        /** @description Part of the member's appUserId or name, whatever its case. */
        keyword?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "streamKeyState": "INACTIVE",
           *           "forciblyTerminated": false,
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app",
           *             "defaultRtmpOutputMode": "RTMP"
           *           },
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png"
           *           },
           *           "videoRoom": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "videoRoomState": "SCHEDULED",
           *             "type": "BROADCAST_RTMP",
           *             "title": "Friday show"
           *           },
           *           "ingestUrl": "rtmp://media.example.com:1935/live",
           *           "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *           "mode": "RTMP",
           *           "defaultRtmpOutputMode": "RTMP",
           *           "playUrl": "text",
           *           "cmafHlsPlayUrl": "text",
           *           "cmafDashPlayUrl": "text",
           *           "rtmpPlayUrl": "text",
           *           "httpFlvPlayUrl": "text",
           *           "liveUrl": "text",
           *           "profile": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "type": "VIDEO",
           *             "name": "My app",
           *             "profile": {},
           *             "revision": 1
           *           },
           *           "error": {
           *             "code": "not_viewable",
           *             "message": "No picture came within 20 s.",
           *             "occurredAt": "2026-11-21T12:00:00.000Z"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['StreamKey'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiStreamKeysController_getStreamKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The stream key's id. */
        streamKeyId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "streamKeyState": "INACTIVE",
           *       "forciblyTerminated": false,
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app",
           *         "defaultRtmpOutputMode": "RTMP"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoRoomState": "SCHEDULED",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "ingestUrl": "rtmp://media.example.com:1935/live",
           *       "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *       "mode": "RTMP",
           *       "defaultRtmpOutputMode": "RTMP",
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "profile": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "VIDEO",
           *         "name": "My app",
           *         "profile": {},
           *         "revision": 1
           *       },
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['StreamKey'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "STREAM_KEY_NOT_FOUND",
           *       "errorMessage": "There is no such stream key in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'STREAM_KEY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiStreamKeysController_updateStreamKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The stream key's id. */
        streamKeyId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "profileId": 4,
         *       "defaultRtmpOutputMode": "RTMP_CMAF"
         *     }
         */
        'application/json': {
          /**
           * @description A transcoding profile of type BROADCAST_RTMP, of the system or of this app; it counts from the next publish on. Null goes back to that of the app.
           * @example 4
           */
          profileId?: number | null;
          /**
           * @description Output mode of the key's next publishes, where their URL names none. Null goes back to that of the app.
           * @example RTMP_CMAF
           * @enum {string|null}
           */
          defaultRtmpOutputMode?: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "streamKeyState": "INACTIVE",
           *       "forciblyTerminated": false,
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app",
           *         "defaultRtmpOutputMode": "RTMP"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoRoomState": "SCHEDULED",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "ingestUrl": "rtmp://media.example.com:1935/live",
           *       "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *       "mode": "RTMP",
           *       "defaultRtmpOutputMode": "RTMP",
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "profile": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "VIDEO",
           *         "name": "My app",
           *         "profile": {},
           *         "revision": 1
           *       },
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['StreamKey'];
        };
      };
      /**
       * @description - `VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP`: A stream key takes a transcoding profile of type BROADCAST_RTMP.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "A stream key takes a transcoding profile of type BROADCAST_RTMP."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app.
       *     - `VIDEO_TRANSCODING_PROFILE_NOT_FOUND`: There is no such transcoding profile in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "STREAM_KEY_NOT_FOUND",
           *       "errorMessage": "There is no such stream key in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'STREAM_KEY_NOT_FOUND' | 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiStreamKeysController_reissueStreamKey: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description The stream key's id. */
        streamKeyId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "streamKeyState": "INACTIVE",
           *       "forciblyTerminated": false,
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app",
           *         "defaultRtmpOutputMode": "RTMP"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoRoomState": "SCHEDULED",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "ingestUrl": "rtmp://media.example.com:1935/live",
           *       "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *       "mode": "RTMP",
           *       "defaultRtmpOutputMode": "RTMP",
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "profile": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "VIDEO",
           *         "name": "My app",
           *         "profile": {},
           *         "revision": 1
           *       },
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['StreamKey'];
        };
      };
      /**
       * @description - `STREAM_KEY_STATE_NOT_INACTIVE`: The stream key is in use. Stop the encoder and end the broadcast first.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "STREAM_KEY_STATE_NOT_INACTIVE",
           *       "errorMessage": "The stream key is in use. Stop the encoder and end the broadcast first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'STREAM_KEY_STATE_NOT_INACTIVE' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "STREAM_KEY_NOT_FOUND",
           *       "errorMessage": "There is no such stream key in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'STREAM_KEY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiStreamKeysController_forceTerminate: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description The stream key's id. */
        streamKeyId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "STREAM_KEY_NOT_FOUND",
           *       "errorMessage": "There is no such stream key in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'STREAM_KEY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiTranscodingProfilesController_listTranscodingProfiles: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
        /** @description What it is for. */
        type?: 'VIDEO' | 'THUMBNAIL' | 'PREVIEW' | 'BROADCAST_RTMP';
        /** @description SYSTEM: for all apps. APP: made for yours alone. */
        creatorType?: 'SYSTEM' | 'APP';
        /** @description DEFAULT: the one that is taken where none is chosen. */
        representativeType?: 'DEFAULT' | 'NON_DEFAULT';
        /** @description Part of the name, whatever its case. */
        name?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "VIDEO",
           *           "name": "My app",
           *           "profile": {},
           *           "revision": 1,
           *           "creatorType": "SYSTEM",
           *           "representativeType": "DEFAULT",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "description": "Songs and questions",
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['TranscodingProfile'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiTranscodingProfilesController_getTranscodingProfile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The profile's id. */
        profileId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "type": "VIDEO",
           *       "name": "My app",
           *       "profile": {},
           *       "revision": 1,
           *       "creatorType": "SYSTEM",
           *       "representativeType": "DEFAULT",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "description": "Songs and questions",
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['TranscodingProfile'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_TRANSCODING_PROFILE_NOT_FOUND`: There is no such transcoding profile in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_TRANSCODING_PROFILE_NOT_FOUND",
           *       "errorMessage": "There is no such transcoding profile in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_listVideoRooms: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
        memberId?: number;
        appUserId?: string;
        /** @description Part of the title. */
        keyword?: string;
        videoRoomState?: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED' | 'ARCHIVED';
        type?:
          | 'BROADCAST_RTMP'
          | 'VIDEO_CONFERENCE'
          | 'WEBINAR'
          | 'VIDEO_SURVEILLANCE'
          | 'BROADCAST_WEBRTC'
          | 'SURVEILLANCE'
          | 'INTERACTIVE_MEETING';
        accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *           "type": "BROADCAST_RTMP",
           *           "protocol": "RTMP",
           *           "videoRoomState": "SCHEDULED",
           *           "forciblyTerminated": false,
           *           "vodState": "NOT_ARCHIVED",
           *           "vodUrl": "text",
           *           "accessLevel": "PUBLIC",
           *           "format": "UNDEFINED",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png",
           *             "customType": "text"
           *           },
           *           "channel": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "channelState": "CREATED",
           *             "name": "My app"
           *           },
           *           "creatorType": "USER",
           *           "creatorId": 1,
           *           "title": "Friday show",
           *           "description": "Songs and questions",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "policy": {
           *             "hasPassword": false,
           *             "manuallyApproval": false,
           *             "canAutoRoomCompositeRecording": false
           *           },
           *           "reconnectWindow": 1,
           *           "scheduledAt": "2026-11-21T12:00:00.000Z",
           *           "cancelledAt": "2026-11-21T12:00:00.000Z",
           *           "lastSessionNo": 1,
           *           "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *           "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *           "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *           "streamKey": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "streamKeyState": "INACTIVE"
           *           },
           *           "playUrl": "text",
           *           "cmafHlsPlayUrl": "text",
           *           "cmafDashPlayUrl": "text",
           *           "rtmpPlayUrl": "text",
           *           "httpFlvPlayUrl": "text",
           *           "liveUrl": "text",
           *           "videoPostId": 1,
           *           "videoPost": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "videoPostState": "text",
           *             "type": "BROADCAST_RTMP",
           *             "title": "Friday show"
           *           },
           *           "chat": {
           *             "videoKey": "text",
           *             "channelKey": "text",
           *             "createdAt": "2026-11-21T12:00:00.000Z",
           *             "closedAt": "2026-11-21T12:00:00.000Z",
           *             "created": false,
           *             "closed": false
           *           },
           *           "stats": {
           *             "totalMemberWhitelistCount": 1
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *           "createdBy": null,
           *           "lastModifiedBy": null
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['VideoRoom'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_createVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "appUserId": "alice",
         *       "type": "BROADCAST_RTMP",
         *       "scheduledAt": "2026-11-21T12:00:00Z"
         *     }
         */
        'application/json': {
          appUserId: string;
          /** @enum {string} */
          type:
            | 'BROADCAST_RTMP'
            | 'VIDEO_CONFERENCE'
            | 'WEBINAR'
            | 'VIDEO_SURVEILLANCE'
            | 'BROADCAST_WEBRTC'
            | 'SURVEILLANCE'
            | 'INTERACTIVE_MEETING';
          /**
           * Format: date-time
           * @description ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.
           * @example 2026-11-21T12:00:00Z
           */
          scheduledAt?: string | null;
          title?: string | null;
          description?: string | null;
          /**
           * @description Who may watch. PUBLIC where nothing is said.
           * @example PUBLIC
           * @enum {string|null}
           */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.
           * @example 60
           */
          reconnectWindow?: number | null;
          /**
           * @description Asked of members who join the channel. Never shown again; null or an empty text removes it.
           * @example open sesame
           */
          password?: string | null;
          /**
           * @description Stored and shown in `policy`: participants wait until they are approved.
           * @example false
           */
          manuallyApproval?: boolean | null;
          /**
           * @description Stored and shown in `policy`: the whole room is recorded by itself.
           * @example false
           */
          canAutoRoomCompositeRecording?: boolean | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['VideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_VIDEO_ROOM_APP_USER_ID`: appUserId is required: the member who will broadcast.
       *     - `EMPTY_VIDEO_ROOM_TYPE`: type is required, for example BROADCAST_RTMP.
       *     - `EMPTY_VIDEO_ROOM_SCHEDULED_AT`: scheduledAt is required, an ISO 8601 time.
       *     - `INVALID_APP_USER_ID_FORMAT`: appUserId takes letters, digits, "-" and "_", at most 64.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_VIDEO_ROOM_APP_USER_ID",
           *       "errorMessage": "appUserId is required: the member who will broadcast."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'EMPTY_VIDEO_ROOM_APP_USER_ID'
              | 'EMPTY_VIDEO_ROOM_TYPE'
              | 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'
              | 'INVALID_APP_USER_ID_FORMAT'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_getVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['VideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_deleteVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `VIDEO_ROOM_IS_LIVE`: The video room is live. End its broadcast first.
       *     - `VIDEO_ROOM_IS_ARCHIVING`: The recording of the video room is being archived. Wait until that is done.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_IS_LIVE",
           *       "errorMessage": "The video room is live. End its broadcast first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_IS_LIVE' | 'VIDEO_ROOM_IS_ARCHIVING' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_updateVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "title": "Finals",
         *       "accessLevel": "MEMBER",
         *       "description": null
         *     }
         */
        'application/json': {
          title?: string | null;
          description?: string | null;
          /**
           * @description Who may watch. PUBLIC where nothing is said.
           * @example PUBLIC
           * @enum {string|null}
           */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.
           * @example 60
           */
          reconnectWindow?: number | null;
          /**
           * @description Asked of members who join the channel. Never shown again; null or an empty text removes it.
           * @example open sesame
           */
          password?: string | null;
          /**
           * @description Stored and shown in `policy`: participants wait until they are approved.
           * @example false
           */
          manuallyApproval?: boolean | null;
          /**
           * @description Stored and shown in `policy`: the whole room is recorded by itself.
           * @example false
           */
          canAutoRoomCompositeRecording?: boolean | null;
          /**
           * Format: date-time
           * @description ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.
           * @example 2026-11-21T12:00:00Z
           */
          scheduledAt?: string | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['VideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `EMPTY_VIDEO_ROOM_SCHEDULED_AT`: scheduledAt is required, an ISO 8601 time.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_STATE_NOT_SCHEDULED",
           *       "errorMessage": "The video room is not SCHEDULED any more."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_listVideoRoomEvents: {
    parameters: {
      query?: {
        /** @description Number of the last event that is known already. */
        after?: number;
        /** @description Events of one answer, 100 by default. More than 1,000 counts as 1,000. */
        limit?: number;
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "number": 1,
           *           "type": "VIDEO_ROOM_LIVE",
           *           "from": "SCHEDULED",
           *           "to": "LIVE",
           *           "reason": "go_live",
           *           "at": "2026-11-21T12:00:00.000Z",
           *           "sessionId": "node-1-3f2a",
           *           "actor": {
           *             "type": "APP",
           *             "memberId": null
           *           }
           *         }
           *       ],
           *       "last": 4
           *     }
           */
          'application/json': components['schemas']['VideoRoomEvents'];
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_startRtmpBroadcast: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['VideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `STREAM_KEY_STATE_NOT_ACTIVE`: The stream key is not ACTIVE. Publish, wait until it is ACTIVE, then go live.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'STREAM_KEY_STATE_NOT_ACTIVE'
              | 'REQUEST_LOCKED'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_endRtmpBroadcast: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['VideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE`: The video room is not LIVE_INACTIVE. Stop the encoder first, or force the end.
       *     - `STREAM_KEY_STATE_NOT_INACTIVE_LIVE`: The encoder is still connected. Stop it first, or force the end.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE'
              | 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE'
              | 'REQUEST_LOCKED'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_cancelRtmpBroadcast: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['VideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'REQUEST_LOCKED'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_listVideoPosts: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
        memberId?: number;
        appUserId?: string;
        /** @description Part of the title. */
        keyword?: string;
        videoPostState?:
          | 'CREATED'
          | 'UPLOADED'
          | 'QUEUED'
          | 'PROCESSING'
          | 'PROCESSED'
          | 'FAILED_UPLOAD'
          | 'FAILED_QUEUING'
          | 'FAILED_PROCESSING';
        accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "videoPostState": "CREATED",
           *           "type": "LIVE_RECORDED",
           *           "accessLevel": "PUBLIC",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png"
           *           },
           *           "creatorType": "USER",
           *           "creatorId": 1,
           *           "videoRoom": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "type": "BROADCAST_RTMP",
           *             "title": "Friday show"
           *           },
           *           "title": "Friday show",
           *           "description": "Songs and questions",
           *           "transcodingProfile": {
           *             "video": {
           *               "id": 1,
           *               "state": "ACTIVE",
           *               "type": "BROADCAST_RTMP",
           *               "name": "My app"
           *             },
           *             "preview": {
           *               "id": 1,
           *               "state": "ACTIVE",
           *               "type": "BROADCAST_RTMP",
           *               "name": "My app"
           *             },
           *             "thumbnail": {
           *               "id": 1,
           *               "state": "ACTIVE",
           *               "type": "BROADCAST_RTMP",
           *               "name": "My app"
           *             }
           *           },
           *           "file": {
           *             "src": {
           *               "id": 1,
           *               "state": "ACTIVE",
           *               "type": "BROADCAST_RTMP",
           *               "contentType": "video/mp4",
           *               "size": 1,
           *               "originalFileName": "show.mp4",
           *               "url": "https://media.example.com/vod/1/master.m3u8",
           *               "drm": {
           *                 "isProtected": false,
           *                 "contentId": "text"
           *               }
           *             },
           *             "processed": [
           *               {
           *                 "id": 1,
           *                 "state": "ACTIVE",
           *                 "type": "BROADCAST_RTMP",
           *                 "contentType": "video/mp4",
           *                 "size": 1,
           *                 "originalFileName": "show.mp4",
           *                 "url": "https://media.example.com/vod/1/master.m3u8",
           *                 "drm": {
           *                   "isProtected": false,
           *                   "contentId": "text"
           *                 }
           *               }
           *             ],
           *             "processedSummaries": [
           *               {
           *                 "format": "MP4",
           *                 "size": 1,
           *                 "url": "https://media.example.com/vod/1/master.m3u8",
           *                 "masterPlaylistFileId": 1,
           *                 "masterPlaylistFileIds": [
           *                   1
           *                 ],
           *                 "mediaSegmentFileIds": [
           *                   1
           *                 ]
           *               }
           *             ],
           *             "preview": {
           *               "id": 1,
           *               "state": "ACTIVE",
           *               "type": "BROADCAST_RTMP",
           *               "contentType": "video/mp4",
           *               "size": 1,
           *               "originalFileName": "show.mp4",
           *               "url": "https://media.example.com/vod/1/master.m3u8",
           *               "drm": {
           *                 "isProtected": false,
           *                 "contentId": "text"
           *               }
           *             },
           *             "thumbnail": {
           *               "id": 1,
           *               "state": "ACTIVE",
           *               "type": "BROADCAST_RTMP",
           *               "contentType": "video/mp4",
           *               "size": 1,
           *               "originalFileName": "show.mp4",
           *               "url": "https://media.example.com/vod/1/master.m3u8",
           *               "drm": {
           *                 "isProtected": false,
           *                 "contentId": "text"
           *               }
           *             }
           *           },
           *           "uploads": [
           *             {
           *               "kind": "src",
           *               "state": "OPEN",
           *               "originalFileName": "show.mp4",
           *               "size": 1,
           *               "error": {
           *                 "code": "not_viewable",
           *                 "message": "No picture came within 20 s.",
           *                 "occurredAt": "2026-11-21T12:00:00.000Z"
           *               }
           *             }
           *           ],
           *           "error": {
           *             "code": "not_viewable",
           *             "message": "No picture came within 20 s.",
           *             "occurredAt": "2026-11-21T12:00:00.000Z"
           *           },
           *           "customData": {
           *             "color": "red"
           *           },
           *           "stats": {
           *             "totalMemberWhitelistCount": 1
           *           },
           *           "uploadedAt": "2026-11-21T12:00:00.000Z",
           *           "uploadFailedAt": "2026-11-21T12:00:00.000Z",
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['VideoPost'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /**
       * @description - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED",
           *       "errorMessage": "customData takes at most 10 entries."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_createVideoPost: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "appUserId": "alice",
         *       "title": "My talk",
         *       "videoProfileId": 6,
         *       "customData": {
         *         "course": "ts-101"
         *       }
         *     }
         */
        'application/json': {
          appUserId: string;
          title?: string | null;
          description?: string | null;
          /** @enum {string|null} */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description The profile of the renditions.
           * @example 6
           */
          videoProfileId?: number | null;
          /**
           * @description The profile of the thumbnail.
           * @example 6
           */
          thumbnailProfileId?: number | null;
          /**
           * @description The profile of the preview.
           * @example 6
           */
          previewProfileId?: number | null;
          /**
           * @description Another name of videoProfileId.
           * @example 6
           */
          videoTranscodingProfileId?: number | null;
          /**
           * @description Another name of thumbnailProfileId.
           * @example 6
           */
          thumbnailTranscodingProfileId?: number | null;
          /**
           * @description Another name of previewProfileId.
           * @example 6
           */
          previewTranscodingProfileId?: number | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "videoPostState": "CREATED",
           *       "type": "LIVE_RECORDED",
           *       "accessLevel": "PUBLIC",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "transcodingProfile": {
           *         "video": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         }
           *       },
           *       "file": {
           *         "src": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "processed": [
           *           {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "type": "BROADCAST_RTMP",
           *             "contentType": "video/mp4",
           *             "size": 1,
           *             "originalFileName": "show.mp4",
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "drm": {
           *               "isProtected": false,
           *               "contentId": "text"
           *             }
           *           }
           *         ],
           *         "processedSummaries": [
           *           {
           *             "format": "MP4",
           *             "size": 1,
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "masterPlaylistFileId": 1,
           *             "masterPlaylistFileIds": [
           *               1
           *             ],
           *             "mediaSegmentFileIds": [
           *               1
           *             ]
           *           }
           *         ],
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         }
           *       },
           *       "uploads": [
           *         {
           *           "kind": "src",
           *           "state": "OPEN",
           *           "originalFileName": "show.mp4",
           *           "size": 1,
           *           "error": {
           *             "code": "not_viewable",
           *             "message": "No picture came within 20 s.",
           *             "occurredAt": "2026-11-21T12:00:00.000Z"
           *           }
           *         }
           *       ],
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "customData": {
           *         "color": "red"
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "uploadedAt": "2026-11-21T12:00:00.000Z",
           *       "uploadFailedAt": "2026-11-21T12:00:00.000Z",
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['VideoPost'];
        };
      };
      /**
       * @description - `EMPTY_APP_USER_ID`: appUserId is required.
       *     - `INVALID_APP_USER_ID_FORMAT`: appUserId takes letters, digits, "-" and "_", at most 64.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_USER_ID",
           *       "errorMessage": "appUserId is required."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'EMPTY_APP_USER_ID'
              | 'INVALID_APP_USER_ID_FORMAT'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_NOT_FOUND`: There is no such member in this app.
       *     - `VIDEO_TRANSCODING_PROFILE_NOT_FOUND`: There is no such transcoding profile in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND' | 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_getVideoPost: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "videoPostState": "CREATED",
           *       "type": "LIVE_RECORDED",
           *       "accessLevel": "PUBLIC",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "transcodingProfile": {
           *         "video": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         }
           *       },
           *       "file": {
           *         "src": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "processed": [
           *           {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "type": "BROADCAST_RTMP",
           *             "contentType": "video/mp4",
           *             "size": 1,
           *             "originalFileName": "show.mp4",
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "drm": {
           *               "isProtected": false,
           *               "contentId": "text"
           *             }
           *           }
           *         ],
           *         "processedSummaries": [
           *           {
           *             "format": "MP4",
           *             "size": 1,
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "masterPlaylistFileId": 1,
           *             "masterPlaylistFileIds": [
           *               1
           *             ],
           *             "mediaSegmentFileIds": [
           *               1
           *             ]
           *           }
           *         ],
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         }
           *       },
           *       "uploads": [
           *         {
           *           "kind": "src",
           *           "state": "OPEN",
           *           "originalFileName": "show.mp4",
           *           "size": 1,
           *           "error": {
           *             "code": "not_viewable",
           *             "message": "No picture came within 20 s.",
           *             "occurredAt": "2026-11-21T12:00:00.000Z"
           *           }
           *         }
           *       ],
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "customData": {
           *         "color": "red"
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "uploadedAt": "2026-11-21T12:00:00.000Z",
           *       "uploadFailedAt": "2026-11-21T12:00:00.000Z",
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['VideoPost'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_deleteVideoPost: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description - `VIDEO_POST_IN_USE`: The video post is being processed, or its room is live or being archived. Try again later. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_IN_USE",
           *       "errorMessage": "The video post is being processed, or its room is live or being archived. Try again later."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_IN_USE';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_updateVideoPost: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "title": "My talk, take two",
         *       "description": null
         *     }
         */
        'application/json': {
          title?: string | null;
          description?: string | null;
          /** @enum {string|null} */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description The profile of the renditions.
           * @example 6
           */
          videoProfileId?: number | null;
          /**
           * @description The profile of the thumbnail.
           * @example 6
           */
          thumbnailProfileId?: number | null;
          /**
           * @description The profile of the preview.
           * @example 6
           */
          previewProfileId?: number | null;
          /**
           * @description Another name of videoProfileId.
           * @example 6
           */
          videoTranscodingProfileId?: number | null;
          /**
           * @description Another name of thumbnailProfileId.
           * @example 6
           */
          thumbnailTranscodingProfileId?: number | null;
          /**
           * @description Another name of previewProfileId.
           * @example 6
           */
          previewTranscodingProfileId?: number | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "videoPostState": "CREATED",
           *       "type": "LIVE_RECORDED",
           *       "accessLevel": "PUBLIC",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "transcodingProfile": {
           *         "video": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         }
           *       },
           *       "file": {
           *         "src": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "processed": [
           *           {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "type": "BROADCAST_RTMP",
           *             "contentType": "video/mp4",
           *             "size": 1,
           *             "originalFileName": "show.mp4",
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "drm": {
           *               "isProtected": false,
           *               "contentId": "text"
           *             }
           *           }
           *         ],
           *         "processedSummaries": [
           *           {
           *             "format": "MP4",
           *             "size": 1,
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "masterPlaylistFileId": 1,
           *             "masterPlaylistFileIds": [
           *               1
           *             ],
           *             "mediaSegmentFileIds": [
           *               1
           *             ]
           *           }
           *         ],
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         }
           *       },
           *       "uploads": [
           *         {
           *           "kind": "src",
           *           "state": "OPEN",
           *           "originalFileName": "show.mp4",
           *           "size": 1,
           *           "error": {
           *             "code": "not_viewable",
           *             "message": "No picture came within 20 s.",
           *             "occurredAt": "2026-11-21T12:00:00.000Z"
           *           }
           *         }
           *       ],
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "customData": {
           *         "color": "red"
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "uploadedAt": "2026-11-21T12:00:00.000Z",
           *       "uploadFailedAt": "2026-11-21T12:00:00.000Z",
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['VideoPost'];
        };
      };
      /**
       * @description - `VIDEO_POST_TRANSCODING_BEGUN`: Transcoding has begun: the profiles can not be changed any more.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_TRANSCODING_BEGUN",
           *       "errorMessage": "Transcoding has begun: the profiles can not be changed any more."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_POST_TRANSCODING_BEGUN'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       *     - `VIDEO_TRANSCODING_PROFILE_NOT_FOUND`: There is no such transcoding profile in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND' | 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_retryVideoPost: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "videoPostState": "CREATED",
           *       "type": "LIVE_RECORDED",
           *       "accessLevel": "PUBLIC",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "transcodingProfile": {
           *         "video": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "name": "My app"
           *         }
           *       },
           *       "file": {
           *         "src": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "processed": [
           *           {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "type": "BROADCAST_RTMP",
           *             "contentType": "video/mp4",
           *             "size": 1,
           *             "originalFileName": "show.mp4",
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "drm": {
           *               "isProtected": false,
           *               "contentId": "text"
           *             }
           *           }
           *         ],
           *         "processedSummaries": [
           *           {
           *             "format": "MP4",
           *             "size": 1,
           *             "url": "https://media.example.com/vod/1/master.m3u8",
           *             "masterPlaylistFileId": 1,
           *             "masterPlaylistFileIds": [
           *               1
           *             ],
           *             "mediaSegmentFileIds": [
           *               1
           *             ]
           *           }
           *         ],
           *         "preview": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         },
           *         "thumbnail": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "type": "BROADCAST_RTMP",
           *           "contentType": "video/mp4",
           *           "size": 1,
           *           "originalFileName": "show.mp4",
           *           "url": "https://media.example.com/vod/1/master.m3u8",
           *           "drm": {
           *             "isProtected": false,
           *             "contentId": "text"
           *           }
           *         }
           *       },
           *       "uploads": [
           *         {
           *           "kind": "src",
           *           "state": "OPEN",
           *           "originalFileName": "show.mp4",
           *           "size": 1,
           *           "error": {
           *             "code": "not_viewable",
           *             "message": "No picture came within 20 s.",
           *             "occurredAt": "2026-11-21T12:00:00.000Z"
           *           }
           *         }
           *       ],
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "customData": {
           *         "color": "red"
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "uploadedAt": "2026-11-21T12:00:00.000Z",
           *       "uploadFailedAt": "2026-11-21T12:00:00.000Z",
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['VideoPost'];
        };
      };
      /**
       * @description - `VIDEO_POST_STATE_NOT_FAILED`: Only a video post whose queuing or processing failed can be retried.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_STATE_NOT_FAILED",
           *       "errorMessage": "Only a video post whose queuing or processing failed can be retried."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_STATE_NOT_FAILED' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_requestVideoPostUploadUrls: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "filename": "talk.mp4",
         *       "size": 73400320,
         *       "contentType": "video/mp4",
         *       "multipartCount": 7
         *     }
         */
        'application/json': {
          /**
           * @description As it is called at yours.
           * @example talk.mp4
           */
          filename: string;
          /**
           * @description Bytes of the whole file.
           * @example 73400320
           */
          size: number;
          /**
           * @description As you know it; what is served has the type that was found in the file.
           * @example video/mp4
           */
          contentType: string;
          /**
           * @description In how many parts it comes; 1 where it is not said. A part has ceil(size / count) bytes, the last one the rest.
           * @example 7
           */
          multipartCount?: number | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example [
           *       {
           *         "partNumber": 1,
           *         "uploadUrl": "https://media.example.com/uploads/4Zq…/1?bytes=10485760&expires=1795262400&signature=5f0c…"
           *       }
           *     ]
           */
          'application/json': components['schemas']['UploadUrl'][];
        };
      };
      /**
       * @description - `VIDEO_POST_STATE_NOT_AWAITING_UPLOAD`: The file of this video post is uploaded already.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_STATE_NOT_AWAITING_UPLOAD",
           *       "errorMessage": "The file of this video post is uploaded already."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_POST_STATE_NOT_AWAITING_UPLOAD'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_completeVideoPostUploads: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example [
         *       {
         *         "partNumber": 1,
         *         "eTag": "\"9e107d9d372bb6826bd81d3542a419d6\""
         *       }
         *     ]
         */
        'application/json': {
          /**
           * @description From 1.
           * @example 1
           */
          partNumber: number;
          /**
           * @description As the PUT of the part answered it, with its quotes or without.
           * @example "9e107d9d372bb6826bd81d3542a419d6"
           */
          eTag: string;
        }[];
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `UPLOAD_PARTS_MISMATCH`: The parts named are not the parts that were uploaded.
       *     - `UPLOAD_REFUSED`: What was uploaded is no media that we take.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "UPLOAD_PARTS_MISMATCH",
           *       "errorMessage": "The parts named are not the parts that were uploaded."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'UPLOAD_PARTS_MISMATCH'
              | 'UPLOAD_REFUSED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       *     - `UPLOAD_NOT_FOUND`: No upload of this file is open. Request upload URLs.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND' | 'UPLOAD_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_requestVideoPostThumbnailUploadUrl: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "filename": "talk.jpg",
         *       "size": 81920,
         *       "contentType": "image/jpeg"
         *     }
         */
        'application/json': {
          /**
           * @description As it is called at yours.
           * @example talk.mp4
           */
          filename: string;
          /**
           * @description Bytes of the whole file.
           * @example 73400320
           */
          size: number;
          /**
           * @description As you know it; what is served has the type that was found in the file.
           * @example video/mp4
           */
          contentType: string;
          /**
           * @description In how many parts it comes; 1 where it is not said. A part has ceil(size / count) bytes, the last one the rest.
           * @example 7
           */
          multipartCount?: number | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example [
           *       {
           *         "partNumber": 1,
           *         "uploadUrl": "https://media.example.com/uploads/4Zq…/1?bytes=10485760&expires=1795262400&signature=5f0c…"
           *       }
           *     ]
           */
          'application/json': components['schemas']['UploadUrl'][];
        };
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'INVALID_HTTP_MESSAGE_BODY' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_completeVideoPostThumbnailUpload: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example [
         *       {
         *         "partNumber": 1,
         *         "eTag": "\"9e107d9d372bb6826bd81d3542a419d6\""
         *       }
         *     ]
         */
        'application/json': {
          /**
           * @description From 1.
           * @example 1
           */
          partNumber: number;
          /**
           * @description As the PUT of the part answered it, with its quotes or without.
           * @example "9e107d9d372bb6826bd81d3542a419d6"
           */
          eTag: string;
        }[];
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `UPLOAD_PARTS_MISMATCH`: The parts named are not the parts that were uploaded.
       *     - `UPLOAD_REFUSED`: What was uploaded is no media that we take.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "UPLOAD_PARTS_MISMATCH",
           *       "errorMessage": "The parts named are not the parts that were uploaded."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'UPLOAD_PARTS_MISMATCH'
              | 'UPLOAD_REFUSED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       *     - `UPLOAD_NOT_FOUND`: No upload of this file is open. Request upload URLs.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND' | 'UPLOAD_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_requestVideoPostPreviewUploadUrl: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "filename": "talk-preview.mp4",
         *       "size": 512000,
         *       "contentType": "video/mp4"
         *     }
         */
        'application/json': {
          /**
           * @description As it is called at yours.
           * @example talk.mp4
           */
          filename: string;
          /**
           * @description Bytes of the whole file.
           * @example 73400320
           */
          size: number;
          /**
           * @description As you know it; what is served has the type that was found in the file.
           * @example video/mp4
           */
          contentType: string;
          /**
           * @description In how many parts it comes; 1 where it is not said. A part has ceil(size / count) bytes, the last one the rest.
           * @example 7
           */
          multipartCount?: number | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example [
           *       {
           *         "partNumber": 1,
           *         "uploadUrl": "https://media.example.com/uploads/4Zq…/1?bytes=10485760&expires=1795262400&signature=5f0c…"
           *       }
           *     ]
           */
          'application/json': components['schemas']['UploadUrl'][];
        };
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'INVALID_HTTP_MESSAGE_BODY' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_completeVideoPostPreviewUpload: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example [
         *       {
         *         "partNumber": 1,
         *         "eTag": "\"9e107d9d372bb6826bd81d3542a419d6\""
         *       }
         *     ]
         */
        'application/json': {
          /**
           * @description From 1.
           * @example 1
           */
          partNumber: number;
          /**
           * @description As the PUT of the part answered it, with its quotes or without.
           * @example "9e107d9d372bb6826bd81d3542a419d6"
           */
          eTag: string;
        }[];
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `UPLOAD_PARTS_MISMATCH`: The parts named are not the parts that were uploaded.
       *     - `UPLOAD_REFUSED`: What was uploaded is no media that we take.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "UPLOAD_PARTS_MISMATCH",
           *       "errorMessage": "The parts named are not the parts that were uploaded."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'UPLOAD_PARTS_MISMATCH'
              | 'UPLOAD_REFUSED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       *     - `UPLOAD_NOT_FOUND`: No upload of this file is open. Request upload URLs.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND' | 'UPLOAD_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_allowMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member's id in your own words, as you registered it. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `MEMBER_NOT_FOUND`: There is no such member in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_disallowMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member's id in your own words, as you registered it. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `MEMBER_NOT_FOUND`: There is no such member in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoRoomsController_listAllowedMembers: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "appUserId": "alice",
           *           "appUserName": "Alice",
           *           "appUserProfileImgUrl": "https://example.com/alice.png",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "email": "alice@example.com",
           *           "country": "text",
           *           "lang": "text",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Member'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_allowMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
        /** @description The member's id in your own words, as you registered it. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       *     - `MEMBER_NOT_FOUND`: There is no such member in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND' | 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_disallowMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
        /** @description The member's id in your own words, as you registered it. */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       *     - `MEMBER_NOT_FOUND`: There is no such member in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND' | 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiVideoPostsController_listAllowedMembers: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoPostId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "appUserId": "alice",
           *           "appUserName": "Alice",
           *           "appUserProfileImgUrl": "https://example.com/alice.png",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "email": "alice@example.com",
           *           "country": "text",
           *           "lang": "text",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['Member'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_POST_NOT_FOUND",
           *       "errorMessage": "There is no such video post in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiCallbacksController_listCallbackDeliveries: {
    parameters: {
      query?: {
        page?: string;
        pageSize?: string;
        sortBy?: 'CREATED_AT_DESC' | 'CREATED_AT_ASC';
        entity?: 'STREAM_KEY' | 'VIDEO_ROOM' | 'VIDEO_POST';
        entityId?: string;
        deliveryState?: 'PENDING' | 'DELIVERED' | 'PARKED';
        type?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "callbackId": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *           "entity": "STREAM_KEY",
           *           "entityId": 1,
           *           "number": 1,
           *           "type": "STREAM_KEY_INACTIVE",
           *           "deliveryState": "PENDING",
           *           "attempts": 1,
           *           "lastStatus": 1,
           *           "lastError": "text",
           *           "lastAttemptAt": "2026-11-21T12:00:00.000Z",
           *           "nextAttemptAt": "2026-11-21T12:00:00.000Z",
           *           "deliveredAt": "2026-11-21T12:00:00.000Z",
           *           "createdAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['CallbackDelivery'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiCallbacksController_resendCallbackDelivery: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        deliveryId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "callbackId": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "entity": "STREAM_KEY",
           *       "entityId": 1,
           *       "number": 1,
           *       "type": "STREAM_KEY_INACTIVE",
           *       "deliveryState": "PENDING",
           *       "attempts": 1,
           *       "lastStatus": 1,
           *       "lastError": "text",
           *       "lastAttemptAt": "2026-11-21T12:00:00.000Z",
           *       "nextAttemptAt": "2026-11-21T12:00:00.000Z",
           *       "deliveredAt": "2026-11-21T12:00:00.000Z",
           *       "createdAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['CallbackDelivery'];
        };
      };
      /**
       * @description - `CALLBACK_NOT_CONFIGURED`: This app has no callback URL. Set one first.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CALLBACK_NOT_CONFIGURED",
           *       "errorMessage": "This app has no callback URL. Set one first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CALLBACK_NOT_CONFIGURED' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `CALLBACK_DELIVERY_NOT_FOUND`: There is no such callback in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CALLBACK_DELIVERY_NOT_FOUND",
           *       "errorMessage": "There is no such callback in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CALLBACK_DELIVERY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiCallbacksController_replayCallbacks: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "entity": "VIDEO_ROOM",
         *       "id": 7,
         *       "after": 2
         *     }
         */
        'application/json': {
          /** @enum {string} */
          entity: 'STREAM_KEY' | 'VIDEO_ROOM' | 'VIDEO_POST';
          id: number;
          after?: number | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "replayed": 3
           *     }
           */
          'application/json': components['schemas']['CallbackReplay'];
        };
      };
      /**
       * @description - `CALLBACK_NOT_CONFIGURED`: This app has no callback URL. Set one first.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CALLBACK_NOT_CONFIGURED",
           *       "errorMessage": "This app has no callback URL. Set one first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              'CALLBACK_NOT_CONFIGURED' | 'INVALID_REQUEST' | 'INVALID_HTTP_MESSAGE_BODY' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app.
       *     - `VIDEO_POST_NOT_FOUND`: There is no such video post in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'STREAM_KEY_NOT_FOUND' | 'VIDEO_POST_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_getChatRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "videoKey": "text",
           *       "channelKey": "text",
           *       "totalChatMessageCount": 1,
           *       "totalChatMemberCount": 1,
           *       "closed": false,
           *       "createdAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['ChatRoom'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_NOT_FOUND`: This video room has no chat room. Create it first.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_createChatRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "videoKey": "text",
           *       "channelKey": "text",
           *       "totalChatMessageCount": 1,
           *       "totalChatMemberCount": 1,
           *       "closed": false,
           *       "createdAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['ChatRoom'];
        };
      };
      /**
       * @description - `CHAT_ROOM_ALREADY_EXISTS`: This video room has a chat room already.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHAT_ROOM_ALREADY_EXISTS",
           *       "errorMessage": "This video room has a chat room already."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHAT_ROOM_ALREADY_EXISTS' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_closeChatRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "videoKey": "text",
           *       "channelKey": "text",
           *       "totalChatMessageCount": 1,
           *       "totalChatMemberCount": 1,
           *       "closed": false,
           *       "createdAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['ChatRoom'];
        };
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_NOT_FOUND`: This video room has no chat room. Create it first.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_listChatRoomMembers: {
    parameters: {
      query?: {
        /** @description Where to go on: nextCursor of the last answer, 0 at first. */
        cursor?: number;
        /** @description Members of one answer, 20 by default. More than 1,000 counts as 1,000. */
        count?: number;
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "nextCursor": 1,
           *       "count": 1,
           *       "content": [
           *         {
           *           "appUserId": "alice",
           *           "appUserName": "Alice",
           *           "appUserProfileImgUrl": "https://example.com/alice.png",
           *           "joinedAt": "2026-11-21T12:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['ChatRoomMembers'];
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_NOT_FOUND`: This video room has no chat room. Create it first.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_broadcastChatMessage: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "messageType": "MESSAGE",
         *       "message": "We begin in five minutes."
         *     }
         */
        'application/json': {
          /**
           * @description How clients take it: COMMAND is for programs, the rest is shown.
           * @example MESSAGE
           * @enum {string}
           */
          messageType: 'MESSAGE' | 'COMMAND' | 'ADMIN';
          customType?: string | null;
          message?: string | null;
          data?: {
            [key: string]: unknown;
          } | null;
          /**
           * @description Only these members; without it all who are in the channel.
           * @example [
           *       "alice"
           *     ]
           */
          appUserIds?: string[] | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "videoKey": "text",
           *       "channelKey": "text",
           *       "messageId": 1
           *     }
           */
          'application/json': components['schemas']['SentChatMessage'];
        };
      };
      /**
       * @description - `CHAT_ROOM_CLOSED`: The chat room is closed.
       *     - `EMPTY_CHAT_ROOM_MESSAGE_TYPE`: messageType is required.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHAT_ROOM_CLOSED",
           *       "errorMessage": "The chat room is closed."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CHAT_ROOM_CLOSED'
              | 'EMPTY_CHAT_ROOM_MESSAGE_TYPE'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_NOT_FOUND`: This video room has no chat room. Create it first.
       *     - `MEMBER_NOT_FOUND`: There is no such member in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_NOT_FOUND' | 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_sendDirectChatMessage: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "messageType": "DM",
         *       "message": "Welcome!",
         *       "appUserIds": [
         *         "alice"
         *       ]
         *     }
         */
        'application/json': {
          /**
           * @description How clients take it: COMMAND is for programs, the rest is shown.
           * @example DM
           * @enum {string}
           */
          messageType: 'DM' | 'COMMAND' | 'ADMIN';
          customType?: string | null;
          message?: string | null;
          data?: {
            [key: string]: unknown;
          } | null;
          appUserIds: string[];
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "videoKey": "text",
           *       "channelKey": "text",
           *       "messageId": 1
           *     }
           */
          'application/json': components['schemas']['SentChatMessage'];
        };
      };
      /**
       * @description - `CHAT_ROOM_CLOSED`: The chat room is closed.
       *     - `EMPTY_CHAT_ROOM_MESSAGE_TYPE`: messageType is required.
       *     - `EMPTY_CHAT_ROOM_APP_USER_IDS`: appUserIds is required: at least one.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHAT_ROOM_CLOSED",
           *       "errorMessage": "The chat room is closed."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CHAT_ROOM_CLOSED'
              | 'EMPTY_CHAT_ROOM_MESSAGE_TYPE'
              | 'EMPTY_CHAT_ROOM_APP_USER_IDS'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_NOT_FOUND`: This video room has no chat room. Create it first.
       *     - `MEMBER_NOT_FOUND`: There is no such member in this app.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_NOT_FOUND' | 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_getChatMessage: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description Its id, as it was answered. */
        messageId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "videoKey": "text",
           *       "channelKey": "text",
           *       "messageId": 1,
           *       "messageType": "text",
           *       "customType": "text",
           *       "message": "No picture came within 20 s.",
           *       "data": {},
           *       "receiverAppUserIds": [
           *         "text"
           *       ],
           *       "createdAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['ChatMessage'];
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_MESSAGE_NOT_FOUND`: There is no such message in this chat room.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_deleteChatMessage: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description Its id, as it was answered. */
        messageId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_MESSAGE_NOT_FOUND`: There is no such message in this chat room.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_hideChatMessage: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description Its id, as it was answered. */
        messageId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_MESSAGE_NOT_FOUND`: There is no such message in this chat room.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_unhideChatMessage: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description Its id, as it was answered. */
        messageId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHAT_ROOM_MESSAGE_NOT_FOUND`: There is no such message in this chat room.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHAT_ROOM_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_banChatWords: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "words": [
         *         "spam"
         *       ]
         *     }
         */
        'application/json': {
          words: string[];
        };
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_CHAT_ROOM_WORDS`: words is required: at least one.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_CHAT_ROOM_WORDS",
           *       "errorMessage": "words is required: at least one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              'EMPTY_CHAT_ROOM_WORDS' | 'INVALID_REQUEST' | 'INVALID_HTTP_MESSAGE_BODY' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_allowChatWords: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Words, separated by commas */
        words: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description - `EMPTY_CHAT_ROOM_WORDS`: words is required: at least one. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_CHAT_ROOM_WORDS",
           *       "errorMessage": "words is required: at least one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_CHAT_ROOM_WORDS';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_issueGuestChatToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `NOT_BUILT_YET`: This call is published by FlipFlop and not built here yet. */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "NOT_BUILT_YET",
           *       "errorMessage": "This call is published by FlipFlop and not built here yet."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'NOT_BUILT_YET';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  AppsServerApiChatController_issueChatToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description The member, in the words of the app */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_APP_CREDENTIALS`: Send the app credentials as HTTP Basic: API key and API secret.
       *     - `INVALID_APP_CREDENTIALS`: The API key or the API secret is wrong.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_APP_CREDENTIALS",
           *       "errorMessage": "Send the app credentials as HTTP Basic: API key and API secret."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_APP_CREDENTIALS' | 'INVALID_APP_CREDENTIALS';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `NOT_BUILT_YET`: This call is published by FlipFlop and not built here yet. */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "NOT_BUILT_YET",
           *       "errorMessage": "This call is published by FlipFlop and not built here yet."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'NOT_BUILT_YET';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
}
